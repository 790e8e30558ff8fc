"""The wire to a GSM modem: commands and their answers, and what it says unasked (3GPP TS 27.005, ITU-T V.250).

The only place that knows pyserial. One command at a time; whoever calls holds the line alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

import serial

from ioc.errors import IocError, Retryable

ANSWER_S: Final = 5.0
"""For anything that the network has no part in."""
LONGEST: Final = 4096
"""Bytes without an end of line: no modem speaks so; a wrong device does."""
_FAILED: Final = re.compile(r"\+CM[SE] ERROR: *(\d+)", re.ASCII)
_STORED: Final = re.compile(r'\+CMTI: *"(\w+)", *(\d+)', re.ASCII)


class Failed(Exception):
    """The modem said ERROR; `code` is that of +CMS ERROR (TS 27.005 section 3.2.5), or -1."""

    def __init__(self, code: int) -> None:
        super().__init__(f"+CMS ERROR: {code}")
        self.code = code


Unasked = Callable[[str, str], None]
"""Called with what came: `stored` and its index, `status` and its PDU."""


class Line:
    """An open port. Raises Retryable `modem_absent` where it cannot be opened."""

    def __init__(self, device: str, baud: int, unasked: Unasked) -> None:
        try:
            self._port = serial.Serial(device, baud, timeout=0, write_timeout=2, exclusive=True)
        except (OSError, ValueError) as error:  # a device that is not there, or no serial one
            raise Retryable("modem_absent", device=device, retry_after=10) from error
        self._unasked = unasked
        self._buffer = b""
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._status_next = False
        self.closed = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._port.fileno(), self._readable)

    def close(self) -> None:
        """Let go of the port."""
        if not self.closed.is_set():
            self.closed.set()
            asyncio.get_running_loop().remove_reader(self._port.fileno())
            self._port.close()
            self._lines.put_nowait(None)

    async def settle(self) -> None:
        """End what a prompt may still wait for, and let nothing old be taken for an answer."""
        self._write(b"\x1b\r")
        for _ in range(3):
            try:
                await self.command("AT", 1.0)
            except (TimeoutError, Failed):
                continue
            break
        await self.command("ATE0")

    async def command(self, text: str, limit_s: float = ANSWER_S) -> list[str]:
        """Send and wait for OK; the lines before it. Raises Failed, TimeoutError, or Retryable once the port is gone."""
        self._forget()
        self._write(text.encode("ascii") + b"\r")
        return await self._answer(text, limit_s)

    async def submit(self, length: int, pdu: str, limit_s: float) -> int:
        """AT+CMGS: wait for the prompt, give the PDU; the reference that the network gave it."""
        self._forget()
        self._write(f"AT+CMGS={length}\r".encode("ascii"))
        async with asyncio.timeout(ANSWER_S):
            while (line := await self._next()) != ">":
                self._judge(line)
        self._write(pdu.encode("ascii") + b"\x1a")
        lines = await self._answer(pdu, limit_s)
        found = next((re.match(r"\+CMGS: *(\d+)", line) for line in lines if line.startswith("+CMGS:")), None)
        return int(found[1]) if found else 0

    async def _answer(self, echo: str, limit_s: float) -> list[str]:
        lines: list[str] = []
        async with asyncio.timeout(limit_s):
            while (line := await self._next()) != "OK":
                self._judge(line)
                if line not in (echo, ">"):
                    lines.append(line)
        return lines

    def _judge(self, line: str) -> None:
        failed = _FAILED.fullmatch(line)
        if failed is not None or line == "ERROR":
            raise Failed(int(failed[1]) if failed else -1)

    async def _next(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise _gone()
        return line

    def _forget(self) -> None:
        if self.closed.is_set():
            raise _gone()
        while not self._lines.empty():
            self._lines.get_nowait()

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:
            self.close()
            raise _gone() from error

    def _readable(self) -> None:
        try:
            data = self._port.read(LONGEST)
        except OSError:  # pyserial's own error is one: the device is gone
            data = b""
        if not data or len(self._buffer) > LONGEST:
            self.close()
            return
        self._buffer += data
        while True:
            line, ended, rest = self._buffer.partition(b"\n")
            if not ended:
                if self._buffer.strip(b"\r ") == b">":
                    self._buffer = b""
                    self._lines.put_nowait(">")
                return
            self._buffer = rest
            self._take(line.strip(b"\r\x00 ").removeprefix(b"> ").decode("ascii", "replace"))

    def _take(self, line: str) -> None:
        if not line:
            return
        if self._status_next:
            self._status_next = False
            self._unasked("status", line)
        elif line.startswith("+CDS:"):
            self._status_next = True
        elif stored := _STORED.fullmatch(line):
            self._unasked("stored", stored[2])
        else:
            self._lines.put_nowait(line)


def _gone() -> IocError:
    return Retryable("modem_gone", retry_after=5)
