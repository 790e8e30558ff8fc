"""SMS in PDU mode: what a modem is given and what it gives (3GPP TS 23.040 section 9.2, TS 27.005 section 3).

A PDU here is hexadecimal text as the modem shows it: the service centre's address first (TS 27.005 annex A), of length
0 where the SIM's own is meant, then the TPDU.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from ioc.errors import Permanent
from ioc.sinks.sms_units import Coding, letters, packed, split, unpacked

_NUMBER: Final = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
_SUBMIT, _UDHI, _REPORT, _RELATIVE = 0x01, 0x40, 0x20, 0x10
_CODINGS: Final[dict[Coding, int]] = {"gsm7": 0x00, "ucs2": 0x08}
HOURS_12: Final = 0x8F
"""Validity period of 12 hours (section 9.2.3.12.1): an alert older than a shift wakes nobody."""
BROKEN = (ValueError, IndexError, OverflowError)


class Incoming(NamedTuple):
    """A message from a telephone. `part` is (reference, total, number) of a longer one."""

    sender: str
    text: str
    at: int
    """Epoch ms by the service centre."""
    part: tuple[int, int, int] | None = None


class Status(NamedTuple):
    """A status report: what became of the message that bore this reference."""

    to: str
    reference: int
    code: int
    """TP-ST (section 9.2.3.15): below 0x20 it arrived, from 0x20 it is still tried, from 0x40 it is given up."""


def number(text: str) -> str:
    """A telephone number without blanks, dots and dashes; raises Permanent `sms_number`."""
    known = re.sub(r"[ ().-]", "", text)
    if _NUMBER.fullmatch(known) is None:
        raise Permanent("sms_number")
    return known


def submits(to: str, text: str, coding: Coding, reference: int) -> list[tuple[int, str]]:
    """The PDUs of a message, each with the length that AT+CMGS is told; only the last asks for a report."""
    found = []
    pieces = split(text, coding)
    for nth, piece in enumerate(pieces, 1):
        header = bytes([5, 0, 3, reference & 0xFF, len(pieces), nth]) if len(pieces) > 1 else b""
        first = _SUBMIT | _RELATIVE | (_UDHI if header else 0) | (_REPORT if nth == len(pieces) else 0)
        tpdu = (
            bytes([first, 0]) + _address(to) + bytes([0, _CODINGS[coding], HOURS_12]) + user_data(piece, coding, header)
        )
        found.append((len(tpdu), (b"\x00" + tpdu).hex().upper()))
    return found


def user_data(piece: bytes, coding: Coding, header: bytes = b"") -> bytes:
    """TP-UDL and TP-UD (section 9.2.3.24)."""
    if coding == "ucs2":
        return bytes([len(header) + len(piece)]) + header + piece
    taken = (len(header) * 8 + 6) // 7
    return bytes([taken + len(piece)]) + header + packed(piece, taken * 7 - len(header) * 8)


def read(pdu: str) -> Incoming | Status | None:
    """What the modem shows; None for what is neither a message nor a report, or no PDU at all."""
    try:
        raw = bytes.fromhex(pdu)
        tpdu = raw[1 + raw[0] :]
        kind = tpdu[0] & 3
        return _incoming(tpdu) if kind == 0 else _status(tpdu) if kind == 2 else None
    except BROKEN:
        return None


def _incoming(tpdu: bytes) -> Incoming:
    sender, at = _read_address(tpdu, 1)
    coding, stamp, length = tpdu[at + 1], tpdu[at + 2 : at + 9], tpdu[at + 9]
    data = tpdu[at + 10 :]
    header = data[1 : 1 + data[0]] if tpdu[0] & _UDHI else b""
    skipped = len(header) + 1 if tpdu[0] & _UDHI else 0
    form = coding >> 2 & 3 if coding < 0x40 else (1 if coding >> 4 == 0xF and coding & 4 else 0)
    if form == 2:
        text = data[skipped:length].decode("utf-16-be", "replace")
    elif form == 0:
        taken = (skipped * 8 + 6) // 7
        text = unpacked(data[skipped:], length - taken, taken * 7 - skipped * 8)
    else:
        text = ""  # eight-bit data is written by machines, for machines
    return Incoming(sender, text, _moment(stamp), part_of(header))


def _status(tpdu: bytes) -> Status:
    to, at = _read_address(tpdu, 2)
    return Status(to, tpdu[1], tpdu[at + 14])


def part_of(header: bytes) -> tuple[int, int, int] | None:
    """The place of a part in the whole, of a header without its length (sections 9.2.3.24.1 and .8)."""
    at = 0
    while at + 2 <= len(header):
        kind, value = header[at], header[at + 2 : at + 2 + header[at + 1]]
        if kind == 0 and len(value) == 3:
            return value[0], value[1], value[2]
        if kind == 8 and len(value) == 4:
            return value[0] << 8 | value[1], value[2], value[3]
        at += 2 + header[at + 1]
    return None


def _address(to: str) -> bytes:
    """Digits in swapped halves of octets (section 9.1.2.5)."""
    digits = to.lstrip("+")
    even = digits + "F" * (len(digits) % 2)
    octets = bytes.fromhex("".join(even[i + 1] + even[i] for i in range(0, len(even), 2)))
    return bytes([len(digits), 0x91 if to.startswith("+") else 0x81]) + octets


def _read_address(tpdu: bytes, at: int) -> tuple[str, int]:
    """The number, and where it ends; a name in letters is no telephone that could answer, and stays one."""
    digits, kind = tpdu[at], tpdu[at + 1]
    octets = (digits + 1) // 2
    raw = tpdu[at + 2 : at + 2 + octets]
    if kind >> 4 & 7 == 5:
        return letters(
            bytes(int.from_bytes(raw, "little") >> 7 * nth & 0x7F for nth in range(digits * 4 // 7))
        ), at + 2 + octets
    text = "".join(f"{one & 15:X}{one >> 4:X}" for one in raw)[:digits]
    return ("+" if kind >> 4 & 7 == 1 else "") + text, at + 2 + octets


def _moment(stamp: bytes) -> int:
    """TP-SCTS (section 9.2.3.11): swapped digits, the zone in quarters of an hour with its sign in bit 3."""
    year, month, day, hour, minute, second = ((one & 15) * 10 + (one >> 4) for one in stamp[:6])
    zone = stamp[6]
    quarters = (zone & 7) * 10 + (zone >> 4)
    ahead = timedelta(minutes=15 * (-quarters if zone & 8 else quarters))
    return int((datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC) - ahead).timestamp() * 1000)
