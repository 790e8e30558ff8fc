"""A signal: a transition that is evidence, as it stands in `ioc.signals` for whoever puts domains together.

Evidence is what begins (`fired`), grows (`raised`), and what ends by the data (`cleared`): only then is it known until
when it lasted. Ends that are ours (a rule removed, a state lost) say nothing of the world.

A signal is made from its transition and nothing else, so one that is written again after a crash is the same. `order`
tells the signals of one input record apart, and in which order they stand in the log: it comes from the alert and the
revision, not from how many others there were, because after a crash only some of them are made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, Literal, get_args

import msgspec

from ioc.alerts.alert import Position, Texts, Transition
from ioc.alerts.fields import Readable, readable
from ioc.alerts.kinds import Condition
from ioc.events.domains import DOMAINS, Domain
from ioc.events.envelope import SEVERITIES, Certainty, Severity

SignalChange = Literal["fired", "raised", "cleared"]
STAGE: Final = "signals"
"""Name of the stage that judges signals (`ioc.alerts.alert.Position.topic`)."""
_CHANGES: Final = frozenset(get_args(SignalChange))


class Signal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of evidence. Times are epoch ms UTC; `since` to `at` is the span in which it is known to have stood.

    `since` is when its alert fired; `at` when it fired or rose, or for `cleared` the last event of its condition.
    `clock` is the log clock at which it was judged, `key` the group of its alert, `event` the id of its first event,
    `input` the record that it was made from.
    """

    alert_id: str
    revision: int
    change: SignalChange
    rule: str
    title: Texts
    domain: str
    key: str
    source: str
    feed: str
    severity: Severity
    certainty: Certainty
    since: int
    at: int
    clock: int
    event: str
    value: float | None = None
    quantity: str = ""
    unit: str = ""
    lat: float | None = None
    lon: float | None = None
    commune: str | None = None
    media: tuple[str, ...] = ()
    replay: str = ""
    drill: bool = False
    shadow: bool = False
    """Of a rule on trial: only rules on trial may build on it."""
    input: Position

    @property
    def order(self) -> int:
        """Its place among the signals of one input record: 44 bits of the alert's id, then the revision."""
        return int(self.alert_id[:11], 16) << 16 | min(self.revision, 65_535)


def signal_of(told: Transition) -> Signal | None:
    """The signal that a transition is; None where it is none, has no place in a log, was made of signals or answers a watch."""
    change = told.change
    if told.input is None or told.input.topic == STAGE or change not in _CHANGES or told.emit == "watch":
        return None
    cleared = change == "cleared"
    why = told.why
    return Signal(
        alert_id=told.alert_id,
        revision=told.revision,
        change=change,  # type: ignore[arg-type]  # one of the three, as was just asked
        rule=told.rule,
        title=told.title,
        domain=told.domain,
        key=told.key,
        source=told.source,
        feed=told.feed,
        severity=told.severity,
        certainty=told.certainty,
        since=told.opened_at,
        at=max(told.opened_at, told.last_seen) if cleared else told.at,
        clock=told.clock,
        event=told.evidence[0].id if told.evidence else "",
        value=why.value,
        quantity=why.quantity,
        unit=why.unit,
        lat=told.lat,
        lon=told.lon,
        commune=told.commune,
        media=told.media,
        replay=told.replay,
        drill=told.drill,
        shadow=told.shadow,
        input=told.input,
    )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Signal)


def encode(signal: Signal) -> bytes:
    """Bytes of one record of `ioc.signals`."""
    return _encoder.encode(signal)


def decode(raw: bytes) -> Signal:
    """One record of `ioc.signals`; raises msgspec.DecodeError."""
    return _decoder.decode(raw)


def _up_to(signal: Any) -> tuple[str, ...]:
    return SEVERITIES[: SEVERITIES.index(signal.severity) + 1]


def _field(name: str, kind: Literal["text", "texts"] = "text", choices: tuple[str, ...] = ()) -> Readable:
    read: Callable[[Any], Any] = _up_to if name == "severity_at_least" else attrgetter(name)
    return Readable(name, kind, choices, read)


READABLE: Mapping[str, Readable] = {
    one.name: one
    for one in (
        _field("rule"),
        _field("severity", choices=SEVERITIES),
        _field("severity_at_least", "texts", SEVERITIES),
        _field("certainty", choices=get_args(Certainty)),
        _field("change", choices=get_args(SignalChange)),
        _field("domain", choices=DOMAINS),
        *(_field(name) for name in ("source", "feed", "key", "commune", "quantity")),
    )
}
"""What a rule over signals may name; `severity_at_least: severe` is met by severe and extreme."""


def met_by(condition: Condition, domain: Domain) -> Mapping[str, Readable]:
    """The fields that a rule of this domain may name: those of what its condition is moved by."""
    return READABLE if condition.moved_by == "signals" else readable(domain)
