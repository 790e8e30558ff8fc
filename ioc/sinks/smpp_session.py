"""One bound session with an SMS centre by SMPP 3.4 (the PDUs are smpplib's, the only place that knows it).

Requests wait for the answer with their number (section 2.7), both sides ask whether the other lives (enquire_link,
section 2.6.2), and whatever cannot be read ends the session: after it nothing on the wire can be believed.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from typing import Any, Final, NamedTuple

from smpplib import consts, smpp

from ioc.errors import Retryable

ANSWER_S: Final = 10.0
"""Response timer of section 2.9."""
ENQUIRE_S: Final = 30.0
LONGEST: Final = 64 * 1024
"""Bytes of a PDU; a message has at most 64 KiB as payload, and none of ours has."""
HEADER: Final = 16


class Login(NamedTuple):
    """Where the centre is, and as whom we are known to it."""

    host: str
    port: int
    user: str
    password: str
    tls: bool = False


class Answered(NamedTuple):
    """The answer to a request: `command_status` (section 5.1.3), 0 for well, and the message's id."""

    status: int
    message_id: str


class Session:
    """Begun by `bind`; `incoming` gives deliver_sm PDUs, None at the end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._waited: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self.name = secrets.token_hex(8)
        """Its own: numbers of PDUs begin anew in each."""
        self._tasks: list[asyncio.Task[None]] = []
        self.incoming: asyncio.Queue[Any] = asyncio.Queue()
        self.ended = False

    @classmethod
    async def bind(cls, login: Login) -> Session:
        """Connect and bind as transceiver; raises Retryable `smpp_unreachable`, `smpp_login`."""
        try:
            async with asyncio.timeout(ANSWER_S):
                wrapped = ssl.create_default_context() if login.tls else None
                reader, writer = await asyncio.open_connection(login.host, login.port, ssl=wrapped)
        except (OSError, TimeoutError) as error:
            raise Retryable("smpp_unreachable", host=login.host, retry_after=10) from error
        session = cls(reader, writer)
        session._tasks.append(asyncio.create_task(session._read()))
        try:
            answer = await session.request(
                "bind_transceiver", system_id=login.user, password=login.password, system_type=""
            )
        except BaseException:
            # Whoever gives up waiting leaves no session behind that the centre counts.
            await session.close()
            raise
        if answer.status != consts.SMPP_ESME_ROK:
            await session.close()
            raise Retryable("smpp_login", status=answer.status, retry_after=60)
        session._tasks.append(asyncio.create_task(session._enquire()))
        return session

    def next_sequence(self) -> int:
        """The number of the next request (smpplib asks for it)."""
        self._number = self._number % 0x7FFFFFFF + 1
        return self._number

    @property
    def sequence(self) -> int:
        """The number given last."""
        return self._number

    async def request(self, command: str, **fields: Any) -> Answered:
        """Send and wait; raises Retryable `smpp_gone` where no answer came."""
        pdu = smpp.make_pdu(command, client=self, **fields)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.ended:
            raise _gone()
        self._waited[pdu.sequence] = answer
        try:
            async with asyncio.timeout(ANSWER_S):
                self._writer.write(pdu.generate())
                await self._writer.drain()
                found = await answer
        except (OSError, TimeoutError):
            self._end()
            raise _gone() from None
        finally:
            self._waited.pop(pdu.sequence, None)
        return Answered(int(found.status or 0), text_of(getattr(found, "message_id", None)))

    def acknowledge(self, pdu: Any) -> None:
        """Tell the centre that a deliver_sm is kept."""
        self._answer("deliver_sm_resp", pdu)

    async def close(self) -> None:
        """Say good-bye where anybody still listens, and hang up."""
        if not self.ended:
            with contextlib.suppress(OSError):
                self._writer.write(smpp.make_pdu("unbind", client=self).generate())
                await self._writer.drain()
        self._end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self._writer.close()
        for answer in self._waited.values():
            if not answer.done():
                answer.set_exception(_gone())
        self.incoming.put_nowait(None)

    async def _enquire(self) -> None:
        while not self.ended:
            await asyncio.sleep(ENQUIRE_S)
            with contextlib.suppress(Retryable):
                await self.request("enquire_link")

    async def _read(self) -> None:
        try:
            while True:
                head = await self._reader.readexactly(4)
                length = int.from_bytes(head)
                if not HEADER <= length <= LONGEST:
                    return
                self._take(head + await self._reader.readexactly(length - 4))
        except (OSError, EOFError):
            return
        except Exception:  # noqa: BLE001 - smpplib raises whatever a broken PDU leads it to
            return
        finally:
            self._end()

    def _take(self, raw: bytes) -> None:
        pdu = smpp.parse_pdu(raw, client=self, allow_unknown_opt_params=True)
        if pdu.command == "enquire_link":
            self._answer("enquire_link_resp", pdu)
        elif pdu.command == "deliver_sm":
            self.incoming.put_nowait(pdu)
        elif pdu.command == "unbind":
            self._answer("unbind_resp", pdu)
            self._end()
        else:
            waited = self._waited.get(pdu.sequence)
            if waited is not None and not waited.done():
                waited.set_result(pdu)

    def _answer(self, command: str, to: Any) -> None:
        if not self.ended:
            made = smpp.make_pdu(command, client=self, status=consts.SMPP_ESME_ROK)
            made.sequence = to.sequence
            self._writer.write(made.generate())


def text_of(value: object) -> str:
    """A field of a PDU as text; smpplib gives octets."""
    if isinstance(value, bytes):
        return value.rstrip(b"\x00").decode("ascii", "replace")
    return "" if value is None else str(value)


def _gone() -> Retryable:
    return Retryable("smpp_gone", retry_after=5)
