"""A GSM modem on a pseudo-terminal, written from 3GPP TS 27.005 (AT commands, PDU mode) and TS 23.040 (the PDUs).

It knows nothing of the driver: it decodes what it is given by the standard's tables, refuses what the standard refuses,
and can be told to fail in the ways modems fail.
"""

from __future__ import annotations

import contextlib
import os
import re
import termios
import threading
import tty
from dataclasses import dataclass, field
from typing import NamedTuple

# TS 23.038 section 6.2.1, row by row; position 0x1B leads into the extension table.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
CTRL_Z, ESC = b"\x1a", b"\x1b"
NO_CENTRE = b"\x00"
"""A PDU begins with the service centre's address; this length of none means the one on the SIM."""


class Submitted(NamedTuple):
    """One SMS-SUBMIT that the network took (TS 23.040 section 9.2.2.2)."""

    to: str
    text: str
    coding: int
    reference: int
    report: bool
    part: tuple[int, int, int] | None
    """Reference, total, number of a concatenated message (section 9.2.3.24.1)."""
    validity: int | None


class Malformed(Exception):
    """The PDU does not say what its lengths say."""


@dataclass
class Faults:
    """What goes wrong next; each entry is used once."""

    cms_errors: list[int] = field(default_factory=list)
    """Answer +CMS ERROR with this code in the place of taking the message."""
    no_prompt: int = 0
    """So many +CMGS commands are never answered with the prompt."""
    dies_after_submit: int = 0
    """The network has the message, and the power is gone before the modem says so."""
    silent: bool = False
    """Nothing at all is answered."""


class Modem:
    """`path` is the serial device to open."""

    def __init__(self, *, pin_ready: bool = True) -> None:
        self.faults = Faults()
        self.taken: list[Submitted] = []
        self.commands: list[str] = []
        self.stored: dict[int, bytes] = {}
        self.changed = threading.Condition()
        self.permits: threading.Semaphore | None = None
        """Where set, each submission waits for one permit: a network that takes its time."""
        self._pin_ready = pin_ready
        self._ends = False
        self._plug()

    def _plug(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(self._master, termios.TCSANOW)
        self.path = os.ttyname(slave)
        self._slave = slave
        self._echo, self._pdu_mode, self._errors, self._cnmi = True, False, 0, (0, 0, 0, 0, 0)
        self._buffer = b""
        self._mr = 0
        self._waits_for_pdu: int | None = None
        self._thread = threading.Thread(target=self._work, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Power is gone: the device hangs up."""
        os.close(self._slave)
        os.close(self._master)

    def close(self) -> None:
        self._ends = True
        with contextlib.suppress(OSError):
            self.unplug()
        if self.permits is not None:
            self.permits.release(1000)
        self._thread.join(5)

    def wait(self, count: int, limit_s: float = 10) -> None:
        """Until so many messages were taken."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.taken) >= count, limit_s), f"{len(self.taken)} of {count}"

    # What the network does

    def deliver(self, sender: str, text: str, *, stamp: str = "26112113300082", parts: int = 1, lost: int = 0) -> None:
        """An SMS for us arrives; it is stored, and indicated where that was asked for (TS 27.005 section 3.4.1).

        Of its parts the last `lost` never come.
        """
        size = -(-len(text) // parts)
        for nth in range(parts - lost):
            header = bytes([5, 0, 3, 0x5A, parts, nth + 1]) if parts > 1 else b""
            index = min(set(range(1, 60)) - set(self.stored))
            self.stored[index] = _deliver(sender, text[nth * size : (nth + 1) * size], stamp, header)
            if self._cnmi[1] == 1:
                self._say(f'+CMTI: "SM",{index}')

    def report(self, submitted: Submitted, status: int = 0) -> None:
        """A status report of the network (TS 23.040 section 9.2.2.3)."""
        number = submitted.to
        pdu = (
            bytes([0x06, submitted.reference])
            + _address(number)
            + bytes.fromhex("62111231000082") * 2
            + bytes([status])
        )
        if self._cnmi[3] == 1:
            self._say(f"+CDS: {len(pdu)}\r\n{(NO_CENTRE + pdu).hex().upper()}")

    # The terminal

    def _work(self, master: int) -> None:
        while not self._ends:
            try:
                data = os.read(master, 4096)
            except OSError:
                return
            if not data:
                return
            if self.faults.silent:
                continue
            if self._echo and self._waits_for_pdu is None:
                self._write(data)
            self._buffer += data
            try:
                self._look()
            except OSError:
                return

    def _look(self) -> None:
        while True:
            if self._waits_for_pdu is not None:
                ends = re.search(rb"[\x1a\x1b]", self._buffer)
                if ends is None:
                    return
                text, mark = self._buffer[: ends.start()], ends.group()
                self._buffer = self._buffer[ends.end() :]
                length, self._waits_for_pdu = self._waits_for_pdu, None
                if mark == ESC:
                    self._say("OK")
                else:
                    self._submit(length, text)
                continue
            line, found, rest = self._buffer.partition(b"\r")
            if not found:
                return
            self._buffer = rest.removeprefix(b"\n")
            command = line.replace(CTRL_Z, b"").replace(ESC, b"").decode("ascii", "replace").strip()
            if command:
                self.commands.append(command)
                self._obey(command)

    def _obey(self, command: str) -> None:
        upper = command.upper()
        if upper in ("AT", "ATZ", "AT+CSMS=0", "AT+CPMS?") or upper.startswith("AT+CPMS="):
            self._say("OK")
        elif upper in ("ATE0", "ATE1"):
            self._echo = upper == "ATE1"
            self._say("OK")
        elif upper in ("AT+CMGF=0", "AT+CMGF=1"):
            self._pdu_mode = upper == "AT+CMGF=0"
            self._say("OK")
        elif upper in ("AT+CMEE=0", "AT+CMEE=1"):
            self._errors = int(upper[-1])
            self._say("OK")
        elif upper == "AT+CPIN?":
            self._say("+CPIN: READY", "OK") if self._pin_ready else self._say("+CPIN: SIM PIN", "OK")
        elif upper == "AT+CREG?":
            self._say("+CREG: 0,1", "OK")
        elif found := re.fullmatch(r"AT\+CNMI=(\d),(\d),(\d),(\d)(?:,(\d))?", upper):
            given = tuple(int(one or 0) for one in found.groups())
            self._cnmi = (given[0], given[1], given[2], given[3], given[4])
            self._say("OK")
        elif found := re.fullmatch(r"AT\+CMGS=(\d+)", upper):
            self._prompt(int(found[1]))
        elif found := re.fullmatch(r"AT\+CMGR=(\d+)", upper):
            self._read(int(found[1]))
        elif found := re.fullmatch(r"AT\+CMGD=(\d+)", upper):
            self.stored.pop(int(found[1]), None)
            self._say("OK")
            with self.changed:
                self.changed.notify_all()
        elif upper == "AT+CMGL=4":
            lines = [
                f"+CMGL: {index},1,,{len(pdu)}\r\n{(NO_CENTRE + pdu).hex().upper()}"
                for index, pdu in self.stored.items()
            ]
            self._say(*lines, "OK")
        else:
            self._say("ERROR")

    def _prompt(self, length: int) -> None:
        if not self._pdu_mode:
            self._say("+CMS ERROR: 302")  # operation not allowed: text mode asks for a number
        elif self.faults.no_prompt:
            self.faults.no_prompt -= 1
        else:
            self._waits_for_pdu = length
            self._write(b"\r\n> ")

    def _submit(self, length: int, text: bytes) -> None:
        if self.faults.cms_errors:
            self._say(f"+CMS ERROR: {self.faults.cms_errors.pop(0)}")
            return
        try:
            raw = bytes.fromhex(text.decode("ascii"))
            centre = raw[0]
            tpdu = raw[1 + centre :]
            found = _submitted(_of_length(tpdu, length), self._mr)
        except (ValueError, IndexError, Malformed):
            self._say("+CMS ERROR: 304")  # invalid PDU mode parameter
            return
        if self.permits is not None:
            self.permits.acquire()
        self._mr = (self._mr + 1) % 256
        with self.changed:
            self.taken.append(found)
            self.changed.notify_all()
        if self.faults.dies_after_submit:
            self.faults.dies_after_submit -= 1
            self.unplug()
            raise OSError("no power")
        self._say(f"+CMGS: {found.reference}", "OK")

    def _read(self, index: int) -> None:
        pdu = self.stored.get(index)
        if pdu is None:
            self._say("+CMS ERROR: 321")  # invalid memory index
        else:
            self._say(f"+CMGR: 0,,{len(pdu)}\r\n{(NO_CENTRE + pdu).hex().upper()}", "OK")

    def _say(self, *lines: str) -> None:
        self._write(b"".join(b"\r\n" + line.encode("ascii") + b"\r\n" for line in lines))

    def _write(self, data: bytes) -> None:
        try:
            os.write(self._master, data)
        except OSError:
            return


def _swapped(digits: str) -> bytes:
    """Semi-octets: two digits an octet, the first in the low half (TS 23.040 section 9.1.2.3)."""
    even = digits + "F" * (len(digits) % 2)
    return bytes(int(even[i + 1] + even[i], 16) for i in range(0, len(even), 2))


def _address(number: str) -> bytes:
    digits = number.lstrip("+")
    return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + _swapped(digits)


def _deliver(sender: str, text: str, stamp: str, header: bytes) -> bytes:
    """SMS-DELIVER in UCS-2 (section 9.2.2.1); `stamp` are the 14 digits of the service centre's time."""
    first = 0x04 | (0x40 if header else 0)
    body = header + text.encode("utf-16-be")
    return bytes([first]) + _address(sender) + b"\x00\x08" + _swapped(stamp) + bytes([len(body)]) + body


def _of_length(tpdu: bytes, length: int) -> bytes:
    """The TPDU, if it is as long as the command said (TS 27.005 section 3.5.1)."""
    if len(tpdu) != length:
        raise Malformed(f"length {length}, given {len(tpdu)}")
    return tpdu


def _submitted(tpdu: bytes, reference: int) -> Submitted:
    first = tpdu[0]
    if first & 3 != 1:
        raise Malformed("no SMS-SUBMIT")
    at = 2
    digits, kind = tpdu[at], tpdu[at + 1]
    size = (digits + 1) // 2
    semi = "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in tpdu[at + 2 : at + 2 + size])[:digits]
    at += 2 + size
    coding = tpdu[at + 1]
    at += 2
    form = first >> 3 & 3
    validity = tpdu[at] if form == 2 else None
    at += {0: 0, 2: 1}.get(form, 7)
    length, data = tpdu[at], tpdu[at + 1 :]
    header: bytes = data[1 : 1 + data[0]] if first & 0x40 else b""
    skipped = 1 + len(header) if first & 0x40 else 0
    if coding == 8:
        if len(data) != length or length > 140:
            raise Malformed("user data")
        text = data[skipped:].decode("utf-16-be")
    elif coding == 0:
        if length > 160 or len(data) != (length * 7 + 7) // 8:
            raise Malformed("user data")
        text = _unpacked(data, length, skipped)
    else:
        raise Malformed("coding")
    number = ("+" if kind == 0x91 else "") + semi
    return Submitted(number, text, coding, reference, bool(first & 0x20), _part(header), validity)


def _unpacked(data: bytes, septets: int, skipped: int) -> str:
    """Septets from the first septet boundary after the header (section 9.2.3.24)."""
    bits = int.from_bytes(data, "little")
    known = [bits >> 7 * nth & 0x7F for nth in range(septets)][(skipped * 8 + 6) // 7 :]
    text, extended = "", False
    for one in known:
        if one == 0x1B and not extended:
            extended = True
            continue
        text += EXTENSION[one] if extended else ALPHABET[one]
        extended = False
    return text


def _part(header: bytes) -> tuple[int, int, int] | None:
    at = 0
    while at < len(header):
        kind, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        if kind == 0:
            return value[0], value[1], value[2]
        if kind == 8:
            return value[0] << 8 | value[1], value[2], value[3]
        at += 2 + size
    return None
