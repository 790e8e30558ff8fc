"""One beat a minute into the gateway, and its answer out of the desk; three without an answer call for help.

A beat is 1 and 0 in turn: each is a change of one state behind one rule, so each must come out of the engine, the log
and the desk's outbox as one transition. What comes back names the event that went in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from ioc.errors import Retryable
from ioc.events.envelope import clip, iso
from ioc.ports import Clock
from ioc.watch import texts
from ioc.watch.beat import Call, Fault, State, judge, told
from ioc.watch.ear import Ear
from ioc.words import Lang, say

log = logging.getLogger(__name__)

FEED, NAME = "watch", "outside"
EVERY_S = 60.0
ANSWER_S = 30.0
"""A beat takes a second or two; a desk that is half a minute late is of no use to anybody either."""
POST_S = 10.0


class Way(Protocol):
    """By what help is called."""

    scheme: str

    async def tell(self, title: str, body: str) -> None:
        """Raises Retryable where it did not get out."""


@dataclass(frozen=True)
class Watched:
    """What is watched, by whom, and how people hear of it; `every` and `answer` in seconds."""

    url: str
    key: str
    ways: Sequence[Way]
    lang: Lang
    every: float = EVERY_S
    answer: float = ANSWER_S


class Watch:
    """The loop, for ever."""

    def __init__(self, watched: Watched, ear: Ear, clock: Clock, out: Callable[[str], None]) -> None:
        self._watched = watched
        self._ear = ear
        self._clock = clock
        self._out = out
        self._state = State(well=self._now())
        self._value = 1

    async def run(self, listen: str) -> None:
        """Beat, judge, tell; at a steady pace, however long an answer took. `listen` is where answers are heard."""
        known = self._watched
        self._say("begun", url=known.url, every=f"{known.every:g}", listen=listen, ways=len(known.ways))
        loop = asyncio.get_running_loop()
        due = loop.time()
        async with httpx.AsyncClient(timeout=POST_S, trust_env=False, follow_redirects=False) as client:
            while True:
                await self._once(client)
                due = max(due + self._watched.every, loop.time())
                await asyncio.sleep(due - loop.time())

    async def _once(self, client: httpx.AsyncClient) -> None:
        began = self._now()
        fault = await self._beat(client)
        at = self._now()
        self._state, call = judge(self._state, fault, at)
        if fault is None:
            self._say("well", seconds=f"{(at - began) / 1000:.1f}")
        else:
            self._say("lost", misses=self._state.misses, why=texts.of_fault(fault, self._watched.lang))
        if call is not None:
            await self._call(call)

    async def _beat(self, client: httpx.AsyncClient) -> Fault | None:
        """Send one and wait for its answer; None when all is well."""
        now = self._clock.now()
        sent = iso(now.replace(microsecond=now.microsecond // 1000 * 1000))  # events know milliseconds
        body = {"from": NAME, "time": sent, "beat": self._value}
        # In turn by what was sent, not by what was answered: after an outage the state behind may be either.
        self._value = 1 - self._value
        headers = {"Authorization": f"Bearer {self._watched.key}"}
        answered = self._ear.wait_for(sent)
        try:
            answer = await client.post(f"{self._watched.url}/v1/feeds/{FEED}/events", json=body, headers=headers)
            why = refusal(answer, self._watched.lang)
            if why is not None:
                return Fault("refused", why)
            await asyncio.wait_for(answered.wait(), self._watched.answer)
        except httpx.HTTPError as error:
            return Fault("unreachable", type(error).__name__)
        except TimeoutError:
            return Fault("unanswered")
        finally:
            self._ear.forget(sent)
        return None

    async def _call(self, call: Call) -> None:
        title, body = texts.of_call(call, self._watched.lang)
        if await tell(self._watched.ways, title, body, self._failed):
            self._state = told(self._state, call)
            self._say("called", title=title)
        else:
            self._say("mute", title=title)

    def _failed(self, scheme: str, why: Retryable) -> None:
        self._say("way_failed", scheme=scheme, why=say(why.key, self._watched.lang, **why.values))

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _say(self, what: str, **values: object) -> None:
        self._out(say(f"watch.said.{what}", self._watched.lang, at=texts.clock(self._now()), **values))


def refusal(answer: httpx.Response, lang: Lang) -> str | None:
    """Why the gateway did not take a beat, in its own words where it has any; None where it did."""
    status = str(answer.status_code)
    try:
        said = answer.json()
        outcome = (said.get("outcomes") or [{}])[0]
        if answer.status_code == httpx.codes.ACCEPTED and outcome.get("fate") == "accepted":
            return None
        sentences = [*outcome.get("reasons", ()), said.get("error") or {}, said.get("message") or {}]
        words = next((str(one[lang]) for one in sentences if lang in one), "")
    except (ValueError, AttributeError, KeyError, TypeError):  # not our gateway: a proxy's page, somebody else's JSON
        return status
    return f"{status}, {clip(words, 160)}" if words else status


async def tell(
    ways: Sequence[Way], title: str, body: str, failed: Callable[[str, Retryable], None] = lambda _way, _why: None
) -> bool:
    """Tell by every way at once; whether at least one got out."""
    outcomes = await asyncio.gather(*(way.tell(title, body) for way in ways), return_exceptions=True)
    for way, outcome in zip(ways, outcomes, strict=True):
        if isinstance(outcome, Retryable):
            failed(way.scheme, outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
    return any(outcome is None for outcome in outcomes)
