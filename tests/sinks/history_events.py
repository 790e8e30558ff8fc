"""Events of every domain for the tests of history, small to write and complete to read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ioc.events import Domain, Location, event_id
from ioc.events.codec import STRUCTS, Observed, struct_of

BASE: dict[Domain, dict[str, Any]] = {
    "environment": {"quantity": "pm25", "unit": "ug/m3", "value": 35.5},
    "hotspot": {
        "quantity": "fire_frp",
        "unit": "MW",
        "value": 12.25,
        "satellite": "N20",
        "instrument": "VIIRS",
        "confidence": 0.9,
    },
    "camera": {"quantity": "object", "unit": "1", "value": 0.8, "kind": "smoke", "phase": "new"},
    "netsec": {"quantity": "ids_alert", "unit": "1", "value": 1.0, "severity": "severe", "category": "Web Attack"},
}


class FrozenClock:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def just_now() -> datetime:
    """The real time, in whole minutes: a real server drops what is too old by its own clock."""
    now = datetime.now(UTC)  # noqa: TID251 - see above
    return now.replace(second=0, microsecond=0)


def place(lat: float = 21.594, lon: float = 105.848, commune: str | None = "05443") -> Any:
    kind: Any = struct_of(Location)
    return kind(lat=lat, lon=lon, commune=commune)


def event(domain: Domain = "environment", *, at: datetime, **fields: Any) -> Observed:
    """One event; `n` tells apart events that are otherwise the same."""
    n = fields.pop("n", 0)
    given = {"feed": "tn-air", "source": "tn-air:1", "observed_at": at, **BASE[domain], **fields}
    given.setdefault("received_at", given["observed_at"] + timedelta(seconds=2))
    given.setdefault("id", event_id(given["source"], given["quantity"], given["observed_at"], n))
    made: Observed = STRUCTS[domain](**given)  # type: ignore[assignment]  # structs are made at run time
    return made
