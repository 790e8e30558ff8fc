"""One reading of a station -> an environment event: overrides, unit, range, source, id.

Shared by every format that brings readings. What the catalogue knows better than the feed (`Override`) is applied here,
because only here are the sender's parameter, number and label still at hand.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ioc.adapters import sources, units
from ioc.adapters.mapping import build
from ioc.adapters.numbers import number
from ioc.adapters.parameters import folded, quantity_of
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import Instant
from ioc.catalogue import Feed, Override, Source
from ioc.events import Environment, Flag, Location, Quality, Rejected, event_id, iso
from ioc.events.quantities import ENVIRONMENT, EnvironmentQuantity


class Context(NamedTuple):
    """What the readings of one record share."""

    record: int
    feed: Feed
    source: str
    registered: Source | None
    at: Instant
    received_at: datetime
    location: Location | None = None
    quality: Quality = "valid"
    period_s: int | None = None


class Given(NamedTuple):
    """One reading as sent: the fields' names for messages, the parameter, the number, the unit's label if there is one."""

    parameter: str
    value: Any
    label: str | None
    field: str = "value"
    parameter_field: str = "parameter"
    unit_field: str = "unit"
    quantity: EnvironmentQuantity | None = None


@lru_cache(maxsize=64)
def _names(feed_names: tuple[tuple[str, EnvironmentQuantity], ...]) -> dict[str, EnvironmentQuantity]:
    return {folded(name): quantity for name, quantity in feed_names}


def quantity(feed: Feed, parameter: str) -> EnvironmentQuantity:
    """The quantity that this feed means by a parameter; Refusal `unknown_quantity`."""
    if feed.columns and feed.columns.names:
        own = _names(tuple(sorted(feed.columns.names.items())))
        if (named := own.get(folded(parameter))) is not None:
            return named
    common = quantity_of(parameter)
    if common is None:
        raise Refusal("unknown_quantity")
    return common


def override(feed: Feed, registered: Source | None, parameter: str) -> Override:
    """What the catalogue knows of this parameter: the source's word before the feed's, a parameter's before `*`."""
    layers = (registered.overrides if registered else {}), feed.overrides
    if not any(layers):
        return Override()
    merged: dict[str, Any] = {}
    for table in layers:
        for key in (parameter, "*"):
            if (one := table.get(key)) is not None:
                merged = {k: v for k, v in one if v is not None} | merged
    return Override(**merged)


_GRAVITY: tuple[Quality, ...] = ("valid", "suspect", "calibration", "fault")


def worse(one: Quality, other: Quality) -> Quality:
    """The graver of two qualities: a calibrating device stays so whatever else is said of its reading."""
    return max(one, other, key=_GRAVITY.index)


def reading(context: Context, given: Given) -> Environment | list[Rejected]:
    """The event of one reading, or why there is none."""
    record, feed = context.record, context.feed
    try:
        named = given.quantity or quantity(feed, given.parameter)
    except Refusal as refusal:
        return [of(refusal, record, given.parameter_field, given.parameter)]
    known = override(feed, context.registered, given.parameter)
    flags: list[Flag] = ["zone_assumed"] if context.at.assumed else []
    label = given.label
    if known.unit is not None:
        if label is not None and not units.alike(label, known.unit):
            flags.append("unit_overridden")
        label = known.unit
    elif label is None or not label.strip():
        flags.append("unit_assumed")
        label = ENVIRONMENT[named].unit
    try:
        value = number(given.value)
    except Refusal as refusal:
        return [of(refusal, record, given.field, given.value)]
    try:
        value = units.canonical(value, label, named)
    except Refusal as refusal:
        return [of(refusal, record, given.unit_field, label)]
    if known.scale is not None:
        value *= known.scale
    measure = ENVIRONMENT[named]
    if not measure.low <= value <= measure.high:
        limits = {"low": f"{measure.low:g}", "high": f"{measure.high:g}", "unit": measure.unit}
        return [rejected(record, given.field, "out_of_range", given.value, **limits)]
    if known.flag is not None:
        flags.append(known.flag)
    period = () if context.period_s is None else (context.period_s,)
    values: dict[str, Any] = {
        "type": "environment",
        "id": event_id(context.source, named, iso(context.at.at), *period),
        "feed": feed.name,
        "source": context.source,
        "observed_at": context.at.at,
        "received_at": context.received_at,
        "quantity": named,
        "value": value,
        "unit": measure.unit,
        "quality": worse(context.quality, known.quality or "valid"),
        "flags": tuple(dict.fromkeys(flags)),
        "location": context.location,
        "period_s": context.period_s,
    }
    return build(Environment, record, {"value": given.field, "observed_at": "time"}, values)


def start(record: int, feed: Feed, name: str, at: Instant, received_at: datetime) -> Context:
    """The context of a record whose source is called `name`."""
    source, registered = sources.of(feed, name)
    return Context(record, feed, source, registered, at, received_at)
