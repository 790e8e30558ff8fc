"""SMS through a carrier's centre by SMPP 3.4, both ways: submit_sm out, answers and delivery receipts in as deliver_sm.

The session stands as long as the desk runs; one that breaks is bound anew. A receipt's id is that of the message's last
part. What the centre delivered is acknowledged once the desk has kept it, so the centre gives it again after a crash.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator
from typing import Any, Final

from ioc.alerts.message import decode
from ioc.errors import IocError, Permanent, Retryable
from ioc.ports import Notice, Receipt, Report, Said
from ioc.sinks import sms_pdu
from ioc.sinks.smpp_session import Answered, Login, Session, text_of
from ioc.sinks.sms_units import letters, split
from ioc.sinks.text_sms import Form, sms

log = logging.getLogger(__name__)

LIMIT_S: Final = 18.0
AGAIN_S: Final = 5.0
INTERNATIONAL, NATIONAL, NAMED, ISDN = 1, 0, 5, 1
"""TON and NPI (section 5.2.5)."""
MOST_IN_PARTS: Final = 50
"""Messages of which parts are missing: more people than this never answer at length in one moment."""
UDHI, RECEIPT = 0x40, 0x04
BAD_NUMBER: Final = frozenset({0x0B, 0x33, 0x48, 0x49, 0x50, 0x51})
BAD_MESSAGE: Final = frozenset({0x01, 0x43, 0x53, 0x61, 0x62})
SLOW: Final = frozenset({0x14, 0x58})
"""command_status of section 5.1.3: queue full, throttled."""
ARRIVED, LOST = frozenset({2}), frozenset({3, 4, 5, 8})
"""message_state (section 5.2.28): delivered; expired, deleted, undeliverable, rejected."""
_WORDS: Final = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "REJECTD": 8}
_ID: Final = re.compile(r"(?:^| )id:([^ ]{1,64})", re.ASCII)
_STATE: Final = re.compile(r" stat:([A-Z]{7})", re.ASCII)


class Smpp:
    """A `Channel` that hears."""

    def __init__(
        self, login: Login, form: Form, *, sender: str = "", limit_s: float = LIMIT_S, again_s: float = AGAIN_S
    ) -> None:
        self._login, self._form, self._sender = login, form, sender
        self._limit, self._again = limit_s, again_s
        self._session: Session | None = None
        self._held = asyncio.Lock()
        self._parts: dict[tuple[str, int, int], dict[int, str]] = {}

    async def send(self, notice: Notice) -> Receipt:
        """Give all parts to the centre; raises Permanent for what it will never take, else Retryable."""
        to = sms_pdu.number(notice.to)
        text = sms(decode(notice.body), notice.lang, self._form)
        mark = hashlib.blake2b(notice.key.encode(), digest_size=1).digest()[0]
        reference = ""
        try:
            async with asyncio.timeout(self._limit):
                session = await self._bound()
                pieces = split(text, self._form.coding)
                for nth, piece in enumerate(pieces, 1):
                    header = bytes([5, 0, 3, mark, len(pieces), nth]) if len(pieces) > 1 else b""
                    answer = await session.request("submit_sm", **self._fields(to, header, piece, nth == len(pieces)))
                    reference = _taken(answer)
        except TimeoutError:
            raise Retryable("smpp_gone", retry_after=self._again) from None
        return Receipt(reference)

    async def hear(self) -> AsyncGenerator[Said | Report, None]:
        """Answers and receipts; binds anew for ever."""
        while True:
            try:
                session = await self._bound()
            except IocError as error:
                log.warning("the SMS centre %s cannot be bound: %s", self._login.host, error)
                await asyncio.sleep(self._again)
                continue
            while (pdu := await session.incoming.get()) is not None:
                heard = self._heard(pdu, session.name)
                if heard is not None:
                    yield heard
                session.acknowledge(pdu)
            await asyncio.sleep(self._again)

    async def close(self) -> None:
        """Unbind."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _bound(self) -> Session:
        async with self._held:
            if self._session is None or self._session.ended:
                if self._session is not None:
                    await self._session.close()
                self._session = await Session.bind(self._login)
            return self._session

    def _fields(self, to: str, header: bytes, piece: bytes, report: bool) -> dict[str, Any]:
        numeric = self._sender.lstrip("+").isdigit()
        return {
            "source_addr_ton": (INTERNATIONAL if self._sender.startswith("+") else NATIONAL) if numeric else NAMED,
            "source_addr_npi": ISDN if numeric else 0,
            "source_addr": self._sender.lstrip("+"),
            "dest_addr_ton": INTERNATIONAL if to.startswith("+") else NATIONAL,
            "dest_addr_npi": ISDN,
            "destination_addr": to.lstrip("+"),
            "esm_class": UDHI if header else 0,
            "data_coding": 8 if self._form.coding == "ucs2" else 0,
            "registered_delivery": int(report),
            "short_message": header + piece,
        }

    def _heard(self, pdu: Any, session: str) -> Said | Report | None:
        kind = int(pdu.esm_class or 0)
        if kind & 0x3C == RECEIPT:
            return _reported(pdu)
        data: bytes = pdu.short_message or pdu.message_payload or b""
        part = None
        if kind & UDHI and data:
            header, data = data[1 : 1 + data[0]], data[1 + data[0] :]
            part = sms_pdu.part_of(header)
        sender = ("+" if pdu.source_addr_ton == INTERNATIONAL else "") + text_of(pdu.source_addr)
        text = _text(data, int(pdu.data_coding or 0))
        if part is not None:
            known = self._parts.setdefault((sender, part[0], part[1]), {})
            known[part[2]] = text
            if len(known) < part[1]:
                if len(self._parts) > MOST_IN_PARTS:
                    log.warning("an answer in parts never became whole, and is given up")
                    del self._parts[next(iter(self._parts))]
                return None
            del self._parts[sender, part[0], part[1]]
            text = "".join(known[nth] for nth in sorted(known))
        stamp = f"{session}\n{pdu.sequence}\n{sender}\n{text}"
        return Said(sender, text, hashlib.blake2b(stamp.encode(), digest_size=16).hexdigest())


def _taken(answer: Answered) -> str:
    if answer.status == 0:
        return answer.message_id
    if answer.status in BAD_NUMBER:
        raise Permanent("sms_number_unknown", status=answer.status)
    if answer.status in BAD_MESSAGE:
        raise Permanent("sms_refused", status=answer.status)
    raise Retryable("smpp_status", status=answer.status, retry_after=2 if answer.status in SLOW else 10)


def _text(data: bytes, coding: int) -> str:
    if coding == 8:
        return data.decode("utf-16-be", "replace")
    return data.decode("latin-1") if coding == 3 else letters(data)


def _reported(pdu: Any) -> Report | None:
    """A receipt by its optional parameters, else by the customary text (appendix B)."""
    told = (pdu.short_message or b"").decode("latin-1")
    known, state = _ID.search(told), _STATE.search(told)
    reference = text_of(pdu.receipted_message_id) or (known[1] if known else "")
    code = pdu.message_state or _WORDS.get(state[1] if state else "", 0)
    if not reference or code not in ARRIVED | LOST:
        return None
    return Report(reference, code in ARRIVED, "" if code in ARRIVED else "sms_undelivered")
