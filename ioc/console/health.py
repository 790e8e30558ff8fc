"""How the pipeline itself does, read from the counters that its processes show, and told to walls as figures and lists.

Under one supervisor all processes share their counters, so this process's own page holds everybody's; elsewhere each
process has a page of its own and settings name them. A page that does not answer is a line of the list, not a gap in it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from ioc import metrics
from ioc.console.boards import Boards, age, both
from ioc.desk.board import Matter
from ioc.desk.outbox import Health as Channel
from ioc.histories import Health, Listed
from ioc.words import LANGS, say

PATIENCE_S: Final = 3.0
"""For one page: all are asked at once, and the next telling is ten seconds away."""
JUDGE: Final = "intake"
"""The role whose records are the throughput: each record passes it once."""
OLDEST_NOTICE_MS: Final = 120_000
"""A channel whose oldest notice waits longer than this is late."""
ROLES: Final = 4
"""Lines of the list of processes; the last counts those that run as well."""
BEHIND_S: Final = 30.0
"""Seconds behind from which the pipeline is not well: many ticks."""


class Reading(NamedTuple):
    """One look at all counters: cumulative ones by fate of the judging role, marks of time, and who did not answer."""

    at: float
    fates: Mapping[str, float]
    judged: Mapping[tuple[str, str], float]
    started: Mapping[str, float]
    history_waits: bool | None
    silent: Sequence[str]


async def read(pages: Sequence[str], at: float) -> Reading:
    """Ask every page, this process's own first; `at` is Unix time."""
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        found = await asyncio.gather(*(_page(client, url) for url in pages))
    silent = [urlsplit(url).netloc for url, text in zip(pages, found, strict=True) if text is None]
    return reading([metrics.page(), *(text for text in found if text is not None)], at, silent)


async def _page(client: httpx.AsyncClient, url: str) -> str | None:
    try:
        answer = await client.get(url)
    except httpx.HTTPError:
        return None
    return answer.text if answer.is_success else None


def reading(pages: Sequence[str], at: float, silent: Sequence[str] = ()) -> Reading:
    """Pages in Prometheus' text form -> what walls are told of."""
    fates: dict[str, float] = defaultdict(float)
    judged: dict[tuple[str, str], float] = {}
    started: dict[str, float] = {}
    waits: bool | None = None
    for page in pages:
        for family in text_string_to_metric_families(page):
            for name, labels, value, *_ in family.samples:
                if name == "ioc_records_total" and labels["role"] == JUDGE:
                    fates[labels["fate"]] += value
                elif name == "ioc_judged_seconds":
                    spot = labels["topic"], labels["partition"]
                    judged[spot] = max(value, judged.get(spot, 0.0))
                elif name == "ioc_started_seconds" and value:
                    started[labels["role"]] = max(value, started.get(labels["role"], 0.0))
                elif name == "ioc_history_waiting":
                    waits = bool(value) or bool(waits)
    return Reading(at, fates, judged, started, waits, silent)


def health(now: Reading, before: Reading | None, matters: Sequence[Matter]) -> Health:
    """What changed since the reading before; a counter that fell began anew with its process."""
    grown: dict[str, int] = {}
    per_s = None
    if before is not None and now.at > before.at:
        grown = {fate: int(_grown(count, before.fates.get(fate, 0.0))) for fate, count in now.fates.items()}
        if JUDGE in now.started:
            per_s = sum(grown.values()) / (now.at - before.at)
    behind = max(0.0, now.at - min(now.judged.values())) if now.judged else None
    newest = max((one for one in matters if not one.transition.replay), key=lambda one: one.stored_at, default=None)
    latency = None if newest is None else max(0, newest.stored_at - newest.transition.clock) / 1000
    return Health(per_s, behind, latency, grown, {role: int(at) for role, at in now.started.items()})


def _grown(now: float, before: float) -> float:
    return now - before if now >= before else now


def health_boards(now: Reading, behind_s: float | None, channels: Mapping[str, Channel]) -> Boards:
    """`roles`: the silent ones first, then each with how long it runs; `sinks`; and `pipeline`, the verdict on all."""
    ms = int(now.at * 1000)
    roles = [
        Listed(
            {lang: f"✖ {say('walls.health.silent', lang)}" for lang in LANGS},
            {lang: say("walls.health.page", lang, page=page) for lang in LANGS},
        )
        for page in now.silent
    ]
    for role, began in sorted(now.started.items(), key=lambda pair: -pair[1]):
        roles.append(
            Listed(
                {lang: f"✔ {age(int(began * 1000), ms, lang)}" for lang in LANGS},
                {lang: say(f"walls.health.role.{role}", lang) for lang in LANGS},
            )
        )
    if len(roles) > ROLES:
        others = {lang: say("walls.health.others", lang) for lang in LANGS}
        well = sum(one.figure["vi"].startswith("✔") for one in roles[ROLES - 1 :])
        if well == len(roles) - ROLES + 1:
            roles[ROLES - 1 :] = [Listed(dict.fromkeys(LANGS, f"✔ {well}"), others)]
    if not roles:
        roles.append(both("? {}", "walls.feed.unknown", "walls.health.no_role"))
    sinks = _sinks(now, channels)
    return {"roles": roles, "sinks": sinks, "pipeline": [_verdict([*roles, *sinks], behind_s)]}


def _verdict(lines: Sequence[Listed], behind_s: float | None) -> Listed:
    """Well where every line is; else the first that is not, the lost before the unknown."""
    for sign in ("✖", "?"):
        for one in lines:
            if one.figure["vi"].startswith(sign):
                figure = {lang: f"{sign} {say('walls.pipeline.ill', lang)}" for lang in LANGS}
                return Listed(figure, {lang: f"{one.line[lang]}: {one.figure[lang][2:]}" for lang in LANGS})
    if behind_s is not None and behind_s > BEHIND_S:
        return both("◔ {}", "walls.pipeline.ill", "walls.pipeline.behind_line", seconds=round(behind_s))
    return both("✔ {}", "walls.pipeline.well", "walls.pipeline.well_line")


def _sinks(now: Reading, channels: Mapping[str, Channel]) -> list[Listed]:
    state = {None: "unknown", True: "waits", False: "writes"}[now.history_waits]
    sign = {"unknown": "?", "waits": "✖", "writes": "✔"}[state]
    found = [both(f"{sign} {{}}", f"walls.health.{state}", "walls.health.history")]
    for name, channel in sorted(channels.items()):
        late = channel.oldest is not None and now.at * 1000 - channel.oldest > OLDEST_NOTICE_MS
        sign, word = ("✖", "stuck") if late else ("✔", "sends")
        figure = {lang: f"{sign} {say(f'walls.health.{word}', lang, count=channel.waiting)}" for lang in LANGS}
        found.append(Listed(figure, {lang: say("walls.health.channel", lang, name=name) for lang in LANGS}))
    return found
