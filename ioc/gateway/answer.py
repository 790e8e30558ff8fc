"""What a sender is told: JSON in both languages, stable codes beside the sentences."""

from __future__ import annotations

from typing import Any

from ioc.adapters.sentences import ignored_text, reason_text
from ioc.catalogue import Feed
from ioc.errors import IocError
from ioc.events import FATES, Rejected
from ioc.events.envelope import iso
from ioc.gateway.receive import Heard, Outcome, Received
from ioc.words import LANGS, say

Json = dict[str, Any]


def both(key: str, **values: object) -> Json:
    """A sentence in both languages."""
    return {lang: say(key, lang, **values) for lang in LANGS}


def refusal(code: str, **values: object) -> Json:
    """A request that was not taken at all."""
    return {"error": {"code": code, **both(f"gateway.{code}", **values)}}


def failure(error: IocError) -> Json:
    """An error of ours in the same form."""
    return {"error": {"code": error.code, **both(error.key, **error.values)}}


def status_of(received: Received) -> int:
    """202: Kafka has something new. 200: all was known, or says nothing. 422: every record was refused."""
    counts = received.counts
    if received.published:
        return 202
    if counts["rejected"] and counts["rejected"] == len(received.outcomes):
        return 422
    return 200


def fates(received: Received) -> Json:
    """The fate of every record, after a summary."""
    counts = received.counts
    total = len(received.outcomes)
    answer: Json = {
        "feed": received.feed.name,
        "received_at": iso(received.received_at),
        "records": total,
        "events": received.published,
        "fates": counts,
        "message": {
            lang: say("gateway.summary", lang, total=total, events=received.published)
            + ", ".join(f"{count} {say(f'fate.{fate}', lang)}" for fate, count in counts.items() if count)
            + "."
            for lang in LANGS
        },
    }
    if received.unreadable is not None:
        answer |= failure(received.unreadable)
    return {**answer, "outcomes": [_outcome(outcome, received) for outcome in received.outcomes]}


def _outcome(outcome: Outcome, received: Received) -> Json:
    said: Json = {"record": outcome.record, "fate": outcome.fate}
    if outcome.ids:
        said["events"] = outcome.ids
    if outcome.ignored:
        said["why"] = {"code": outcome.ignored, **{lang: ignored_text(outcome.ignored, lang) for lang in LANGS}}
    if outcome.rejected:
        whole = received.unreadable
        said["reasons"] = [_reason(one, whole) for one in outcome.rejected]
    return said


def _reason(rejected: Rejected, whole: IocError | None) -> Json:
    words: Json = both(whole.key, **whole.values) if whole else {lang: reason_text(rejected, lang) for lang in LANGS}
    return {"field": rejected.field, "code": rejected.code, **words, "excerpt": rejected.excerpt}


def contract(feed: Feed, heard: Heard, key_id: str, since: str) -> Json:
    """A feed as its own sender sees it: what is expected, and what has come."""
    return {
        "feed": feed.name,
        "title": feed.title.model_dump(),
        "owner": feed.owner.model_dump(),
        "format": feed.adapter,
        "domain": feed.domain,
        "zone": feed.zone,
        "schedule": {
            "every_s": feed.schedule.every,
            "late_after_s": feed.schedule.late_after,
            "lost_after_s": feed.schedule.lost_after,
        },
        "lateness_s": feed.lateness,
        "ahead_s": feed.ahead,
        "columns": feed.columns.model_dump(exclude_defaults=True) if feed.columns else None,
        "limits": feed.limits.model_dump(),
        "sources": [
            {"id": source.id, "names": source.names, "title": source.title.model_dump()} for source in feed.sources
        ],
        "your_key": key_id,
        "since": since,
        "heard": {
            "last_input_at": iso(heard.last_input_at) if heard.last_input_at else None,
            "last_event_at": iso(heard.last_event_at) if heard.last_event_at else None,
            "fates": {fate: heard.records[fate] for fate in FATES},
            "refused": dict(heard.refused.most_common(20)),
        },
    }
