"""An alert is one rule's open matter for one key, in episodes; a transition is one change of it.

Each transition is a whole picture of the alert after the change: the desk needs no other record. `alert_id` comes from
content, so the same input gives the same ids whatever crashed: hash(rule id, key, id of the event that opened the
episode). `revision` counts from 1 within an episode; the desk applies a revision greater than the one it has.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ioc.events.envelope import Certainty, Severity, event_id

Change = Literal[
    "fired", "raised", "lowered", "cleared", "state_lost", "rule_removed", "rule_reshaped", "source_retired"
]
"""What happened: the first four by the data, the others by us (all of them end the alert; words `change.<code>`)."""
Status = Literal["firing", "resolved"]
Kind = Literal[
    "match",
    "threshold",
    "count",
    "absence",
    "percentage",
    "cardinality",
    "change",
    "spike",
    "flatline",
    "new_value",
    "sequence",
    "near",
]
Texts = dict[str, str]
"""Language -> text."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event that the change rests on; times are epoch ms UTC."""

    id: str
    observed_at: int
    value: float
    title: str | None = None


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of the sentence that says why, rendered by `ioc.alerts.sentence` in either language.

    `limit` is the level that decided (fire level, clear level, count, seconds of silence); `window_s`, `hold_s` in
    seconds; `since` epoch ms of the first event of the condition.
    """

    kind: Kind
    quantity: str = ""
    unit: str = ""
    value: float | None = None
    limit: float | None = None
    above: bool = True
    aggregate: str = ""
    window_s: int = 0
    hold_s: int = 0
    count: int = 0
    since: int = 0
    values: dict[str, str] = {}


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where in the log the change was made: the input topic's id (32 hex digits), partition, offset.

    `topic` is "" for the domain's own topic, else the stage that judged: `signals`, `netsec.by-commune`.
    """

    topic_id: str
    partition: int
    offset: int
    topic: str = ""


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """A rule whose open alert explains this one, on the same source or in the same commune (`ioc.alerts.silence`)."""

    rule: str
    same: Literal["source", "commune"]


class Transition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one alert. Times are epoch ms UTC.

    `key` is the group the alert is about: source, or source and commune, joined by `|`. `at` is event time of the
    change (log clock for absence), `clock` the log clock when it was judged. `last_seen` is the newest event of the
    condition. `where` fields are None outside the province or without coordinates.
    """

    alert_id: str
    revision: int
    rule: str
    rule_version: str
    title: Texts
    domain: str
    key: str
    source: str
    feed: str
    status: Status
    change: Change
    severity: Severity
    certainty: Certainty
    at: int
    clock: int
    opened_at: int
    last_seen: int
    why: Why
    evidence: tuple[Evidence, ...] = ()
    lat: float | None = None
    lon: float | None = None
    commune: str | None = None
    media: tuple[str, ...] = ()
    steps: tuple[Texts, ...] = ()
    call: Texts = {}
    replay: str = ""
    drill: bool = False
    input: Position | None = None
    shadow: bool = False
    """Made by a rule on trial: recorded, told to nobody."""
    flapping: bool = False
    """It opens again and again, and now ends only after a long rest (`ioc.alerts.flap`)."""
    emit: Literal["alert", "signal", "watch"] = "alert"
    """`signal`: evidence for other rules only. `watch`: the loop closed for `ioc watch`. Neither is ever an alert."""
    suppression_key: tuple[str, ...] = ()
    """Names of the parts of its key (`ioc.alerts.silence.suppression_key`); none: rule, source and commune."""
    inhibited_by: tuple[Parent, ...] = ()


def alert_id(rule: str, key: str, opened_by: str) -> str:
    """Give 32 hex digits that name one episode.

    `opened_by` is the opening event's id; for alerts opened by time the source's last event id, or for a source never
    seen `<catalogue id>@<due epoch ms>`.
    """
    return event_id(rule, key, opened_by)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Transition)


def encode(transition: Transition) -> bytes:
    """Bytes of one record of `ioc.alerts`."""
    return _encoder.encode(transition)


def decode(raw: bytes) -> Transition:
    """One record of `ioc.alerts`; raises msgspec.DecodeError."""
    return _decoder.decode(raw)
