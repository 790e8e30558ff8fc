"""The message that tells a machine outside of one transition: the body of the signed webhook.

The model is the contract (docs/webhook.md shows each field). Times are RFC 3339 UTC, codes are CAP's and ours, every
sentence stands in both languages. It holds no personal data: what people did stays in the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ioc.alerts.alert import Change, Status, Transition
from ioc.desk import wording
from ioc.desk.moment import time_of
from ioc.events import Certainty, Severity, iso
from ioc.places.boundaries import Boundaries
from ioc.words import LANGS

FROZEN = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Both(BaseModel):
    """One text in both languages."""

    model_config = FROZEN
    vi: str
    en: str


class Seen(BaseModel):
    """One event that the change rests on."""

    model_config = FROZEN
    id: str
    """Id of the event, from its content."""
    observed_at: str
    """When the world was so."""
    value: float
    """In the unit that `why` names."""
    title: str | None = None
    """What the feed called it; untrusted text."""


class AlertNotice(BaseModel):
    """One transition of one alert, whole: no earlier message is needed to understand it."""

    model_config = FROZEN
    format: Literal["ioc.alert.v1"] = "ioc.alert.v1"
    """Grows by new fields only; a receiver ignores fields it does not know."""
    key: str
    """`<alert_id>:<revision>`, the same on every attempt and in header `Idempotency-Key`; an ending that the desk itself decided (`state_lost`) has `:state_lost` behind it."""
    number: str
    """Short number to say aloud: `#4821`, in a drill `#D017`."""
    alert_id: str
    """One episode of one rule for one key; the same over all its revisions."""
    revision: int = Field(ge=1)
    """Counts up within the alert; a message with a lower one than you have is old."""
    status: Status
    """`firing`, or `resolved`: the data are normal again or the alert was ended."""
    change: Change
    """What happened: `fired`, `raised`, `lowered`, `cleared` by the data; the others are endings by the monitor."""
    severity: Severity
    """CAP 1.2."""
    certainty: Certainty
    """CAP 1.2; says how sure the rule is, not whether a person has looked."""
    drill: bool
    """A rehearsal: nobody is to be sent out."""
    replay: str
    """Name of the replay that this alert belongs to; empty for live data."""
    title: Both
    """What happened, in plain words."""
    why: Both
    """The value against the limit, in one sentence."""
    place: Both
    """Commune and former district; empty where no place is known."""
    commune: str | None
    """Five-digit code of the commune since July 2025."""
    lat: float | None
    """WGS 84 degrees."""
    lon: float | None
    """WGS 84 degrees."""
    domain: str
    """Which world it is from: `camera`, `hotspot`, `environment`, `netsec`."""
    rule: str
    """Id of the rule."""
    rule_version: str
    """Which edition of the rules."""
    feed: str
    """Name of the feed."""
    source: str
    """Id of the camera, station, satellite or sensor."""
    opened_at: str
    """When the alert began."""
    at: str
    """When this change happened."""
    last_seen: str
    """Time of the newest event of the condition."""
    evidence: list[Seen]
    """The newest events it rests on."""
    steps: list[Both]
    """What to do, in order."""
    call: Both
    """Whom to call first; empty where the rule names nobody."""


def notice_key(transition: Transition) -> str:
    """The idempotency key of a transition."""
    lost = ":state_lost" if transition.change == "state_lost" else ""
    return f"{transition.alert_id}:{transition.revision}{lost}"


def alert_notice(label: str, transition: Transition, boundaries: Boundaries) -> AlertNotice:
    """The message about a transition of the alert with this number."""

    def both(texts: Mapping[str, str]) -> Both:
        return Both(vi=texts.get("vi", ""), en=texts.get("en", ""))

    return AlertNotice(
        key=notice_key(transition),
        number=f"#{label}",
        alert_id=transition.alert_id,
        revision=transition.revision,
        status=transition.status,
        change=transition.change,
        severity=transition.severity,
        certainty=transition.certainty,
        drill=transition.drill,
        replay=transition.replay,
        title=both({lang: wording.title(transition, lang) for lang in LANGS}),
        why=both({lang: wording.why(transition, lang) for lang in LANGS}),
        place=Both(**wording.place(transition, boundaries)),
        commune=transition.commune,
        lat=transition.lat,
        lon=transition.lon,
        domain=transition.domain,
        rule=transition.rule,
        rule_version=transition.rule_version,
        feed=transition.feed,
        source=transition.source,
        opened_at=iso(time_of(transition.opened_at)),
        at=iso(time_of(transition.at)),
        last_seen=iso(time_of(transition.last_seen)),
        evidence=[
            Seen(id=e.id, observed_at=iso(time_of(e.observed_at)), value=e.value, title=e.title)
            for e in transition.evidence
        ],
        steps=[both(step) for step in transition.steps],
        call=both(transition.call),
    )
