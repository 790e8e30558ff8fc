"""SMS by a GSM modem on the desk's machine: out while the backbone is cut, and back, for whoever answers.

One message at a time, and no more in a minute than the SIM's network bears. A modem that says nothing after it was
given a message has perhaps sent it: the message is given again, with the same reference, under which a telephone puts
parts together. What came in is deleted from the SIM only once the desk has kept it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import AsyncGenerator, Callable
from itertools import pairwise
from typing import Final

from ioc.alerts.message import decode
from ioc.errors import IocError, Permanent, Retryable
from ioc.ports import Notice, Receipt, Report, Said
from ioc.sinks import sms_pdu
from ioc.sinks.modem_line import Failed, Line
from ioc.sinks.text_sms import Form, sms

log = logging.getLogger(__name__)

LIMIT_S: Final = 18.0
"""For one message with all its parts: before its lease can end."""
LOOK_S: Final = 60.0
"""How often a quiet modem is asked whether it lives, and what it holds."""
AGAIN_S: Final = 5.0
UNKNOWN_NUMBER: Final = frozenset({1, 28, 30})
"""+CMS ERROR of TS 24.011 annex E: unassigned number, unidentified and unknown subscriber."""
BAD_PDU: Final = frozenset({304, 305})
SIM: Final = frozenset(range(310, 320))
"""No SIM, a PIN that is asked for, a SIM that is broken or blocked: a person must go there."""
NETWORK: Final = frozenset({17, 22, 27, 38, 41, 42, 47, 331, 332})
GIVEN_UP, TRYING = 0x40, 0x20
"""TP-ST (TS 23.040 section 9.2.3.15)."""
KEPT_S: Final = 86_400
"""A part whose others did not come within a day never becomes a message."""
MOST_IN_PARTS: Final = 5
"""Messages of which parts are missing; more of them would fill a SIM of ten places, and it would hear nothing more."""

News = tuple[str, str]


class Modem:
    """A `Channel` that is narrow and paced, and hears."""

    at_once = 1

    def __init__(
        self,
        device: str,
        form: Form,
        *,
        baud: int = 115_200,
        per_minute: int = 10,
        ticks: Callable[[], float] = time.monotonic,
        limit_s: float = LIMIT_S,
        again_s: float = AGAIN_S,
    ) -> None:
        self._device, self._form, self._baud = device, form, baud
        self._apart, self._ticks, self._limit = 60 / per_minute, ticks, limit_s
        self._again = again_s
        self._free_at = 0.0
        self._line: Line | None = None
        self._held = asyncio.Lock()
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._parts: dict[tuple[str, int, int], dict[int, tuple[int, sms_pdu.Incoming]]] = {}
        self._since: dict[tuple[str, int, int], float] = {}

    def rests(self) -> float:
        """Seconds until the network's measure allows another."""
        return max(0.0, self._free_at - self._ticks())

    async def send(self, notice: Notice) -> Receipt:
        """Give it to the network; raises Permanent for a number that does not exist, else Retryable."""
        to = sms_pdu.number(notice.to)
        text = sms(decode(notice.body), notice.lang, self._form)
        mark = hashlib.blake2b(notice.key.encode(), digest_size=1).digest()[0]
        pdus = sms_pdu.submits(to, text, self._form.coding, mark)
        reference = 0
        try:
            async with asyncio.timeout(self._limit), self._held:
                line = await self._ready()
                for length, pdu in pdus:
                    self._free_at = max(self._free_at, self._ticks()) + self._apart
                    reference = await line.submit(length, pdu, self._limit)
        except TimeoutError:
            self._drop()
            raise Retryable("modem_silent", retry_after=AGAIN_S) from None
        except Failed as error:
            raise _told(error.code) from None
        except BaseException:
            self._drop()
            raise
        return Receipt(f"{_digits(to)}/{reference}")

    async def hear(self) -> AsyncGenerator[Said | Report, None]:
        """Answers and delivery reports; asks the modem for what it holds whenever it was away."""
        while True:
            try:
                async with self._held, asyncio.timeout(self._limit):
                    line = await self._ready()
                what, which = await self._next(line)
            except (TimeoutError, Failed, IocError) as error:
                self._drop()
                log.warning("the modem at %s does not answer: %s", self._device, error)
                await asyncio.sleep(self._again)
                continue
            if what == "status":
                report = _reported(which)
                if report is not None:
                    yield report
                continue
            for said, indexes in await self._stored(which if what == "stored" else ""):
                if said is not None:
                    yield said
                await self._delete(indexes)

    async def close(self) -> None:
        """Let go of the port."""
        self._drop()

    async def _next(self, line: Line) -> News:
        """What it said unasked; a look at what it holds after a quiet minute, or once it is gone."""
        news, gone = asyncio.create_task(self._news.get()), asyncio.create_task(line.closed.wait())
        try:
            done, _ = await asyncio.wait((news, gone), timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            return news.result() if news in done else ("look", "")
        finally:
            news.cancel()
            gone.cancel()

    async def _ready(self) -> Line:
        """The open line, set up; raises Retryable."""
        if self._line is not None and not self._line.closed.is_set():
            return self._line
        self._drop()
        line = self._line = Line(self._device, self._baud, lambda what, which: self._news.put_nowait((what, which)))
        await line.settle()
        pin = await line.command("AT+CPIN?")
        if not any("READY" in one for one in pin):
            raise Retryable("modem_sim", retry_after=60)
        # PDU mode, errors by number, incoming messages kept and indicated, reports shown at once (TS 27.005 section 3).
        for text in ("AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,1,0,1,0"):
            await line.command(text)
        self._news.put_nowait(("look", ""))
        return line

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    async def _stored(self, index: str) -> list[tuple[Said | None, list[int]]]:
        """Messages that are whole, with the places that they take; nothing when the modem does not answer."""
        try:
            async with self._held, asyncio.timeout(self._limit):
                line = await self._ready()
                lines = await line.command(f"AT+CMGR={index}" if index else "AT+CMGL=4")
        except (TimeoutError, Failed, IocError):
            return []
        found: list[tuple[Said | None, list[int]]] = []
        for head, pdu in pairwise(lines):
            listed = re.match(r"\+CMGL: *(\d+)|\+CMGR:", head)
            if listed is not None:
                whole = self._whole(int(listed[1] or index), pdu)
                if whole is not None:
                    found.append(whole)
        return found

    def _whole(self, index: int, pdu: str) -> tuple[Said | None, list[int]] | None:
        read = sms_pdu.read(pdu)
        if read is None:
            log.warning("what the modem holds at place %d cannot be read, and is deleted", index)
        if not isinstance(read, sms_pdu.Incoming):
            return None, [index]
        if read.part is None:
            return _said(read.sender, read.text, read.at), [index]
        reference, total, nth = read.part
        name = (read.sender, reference, total)
        # By our own clock: that of a service centre may be any, and no later part need ever come.
        self._since.setdefault(name, self._ticks())
        parts = self._parts.setdefault(name, {})
        parts[nth] = (index, read)
        if len(parts) < total:
            return self._given_up()
        del self._parts[name], self._since[name]
        ordered = [parts[one] for one in sorted(parts)]
        text = "".join(one.text for _, one in ordered)
        return _said(read.sender, text, ordered[0][1].at), [place for place, _ in ordered]

    def _given_up(self) -> tuple[None, list[int]] | None:
        """The places of the oldest message in parts, where it is too old or one too many."""
        oldest = next(iter(self._since))
        if len(self._since) <= MOST_IN_PARTS and self._ticks() - self._since[oldest] <= KEPT_S:
            return None
        log.warning("an answer in parts never became whole, and is deleted")
        del self._since[oldest]
        return None, [place for place, _ in self._parts.pop(oldest).values()]

    async def _delete(self, indexes: list[int]) -> None:
        for index in indexes:
            try:
                async with self._held, asyncio.timeout(self._limit):
                    await (await self._ready()).command(f"AT+CMGD={index}")
            except (TimeoutError, Failed, IocError):
                # It is listed again, and known by its key.
                return


def _said(sender: str, text: str, at: int) -> Said:
    key = hashlib.blake2b(f"{sender}\n{at}\n{text}".encode(), digest_size=16).hexdigest()
    return Said(sender, text, key)


def _reported(pdu: str) -> Report | None:
    read = sms_pdu.read(pdu)
    if not isinstance(read, sms_pdu.Status) or TRYING <= read.code < GIVEN_UP:
        return None
    done = read.code < TRYING
    return Report(f"{_digits(read.to)}/{read.reference}", done, "" if done else "sms_undelivered")


def _digits(number: str) -> str:
    """Networks report to the number in a form of their own: the last nine digits are what stays."""
    return number.lstrip("+")[-9:]


def _told(code: int) -> IocError:
    """What a +CMS ERROR means for this message."""
    if code in UNKNOWN_NUMBER:
        return Permanent("sms_number_unknown", cms=code)
    if code in BAD_PDU:
        return Permanent("sms_refused", cms=code)
    if code in SIM:
        return Retryable("modem_sim", cms=code, retry_after=60)
    return Retryable("modem_network" if code in NETWORK else "modem_error", cms=code, retry_after=10)
