"""The four domains of the province's feeds. One domain = one topic `ioc.<domain>`, one model, one place on the wall.

All of them have `quantity`, `value`, `unit`, so that a rule reads every domain in the same way.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from ioc.events.envelope import Envelope, Severity
from ioc.events.quantities import EnvironmentQuantity, Unit

Text = Annotated[str, Field(max_length=128)]


class Environment(Envelope):
    """One observation of one quantity at one station (SensorThings: one Observation of one Datastream)."""

    type: Literal["environment"]
    quantity: EnvironmentQuantity
    unit: Unit
    period_s: Annotated[int, Field(ge=0, le=366 * 86400)] | None = None
    """Averaging time that ends at `observed_at`; None where the feed does not say."""


class Hotspot(Envelope):
    """One satellite fire detection: a warm pixel, not yet a fire. `value` is fire radiative power in MW."""

    type: Literal["hotspot"]
    quantity: Literal["fire_frp"]
    unit: Literal["MW"]
    satellite: Text
    instrument: Literal["VIIRS", "MODIS", "unknown"]
    confidence: Annotated[float, Field(ge=0, le=1)]
    brightness_k: Annotated[float, Field(ge=0, le=2000)] | None = None
    """Brightness temperature of the fire channel (VIIRS I4, MODIS 21/22), kelvin."""
    day: bool | None = None
    version: Annotated[str, Field(max_length=16)] | None = None
    surface: Literal["vegetation", "volcano", "other_static", "offshore"] | None = None
    """FIRMS `type` 0-3 of standard data; None in near-real-time data."""


class Camera(Envelope):
    """What a camera's analytics saw. `value` is the best score 0-1 of the object, or 1 for a status."""

    type: Literal["camera"]
    quantity: Literal["object", "review", "status", "plate", "face", "description", "classification", "trigger"]
    unit: Literal["1"]
    kind: Text
    """Label or status: person, car, fire, smoke, online, offline ..."""
    phase: Literal["new", "update", "end", "state"]
    track: Text | None = None
    severity: Severity = "unknown"
    zones: tuple[Text, ...] = ()
    stationary: bool | None = None


class Netsec(Envelope):
    """One network-security signal. `value` is 1 for an alert (counts are made by rules), or the named statistic."""

    type: Literal["netsec"]
    quantity: Literal["ids_alert", "ids_drop", "capture_loss", "anomaly"]
    unit: Literal["1", "%"]
    severity: Severity
    category: Text | None = None
    signature_id: Text | None = None
    action: Literal["allowed", "blocked"] | None = None
    src_ip: Text | None = None
    src_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    dest_ip: Text | None = None
    dest_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    proto: Text | None = None
    app_proto: Text | None = None
    flow: Text | None = None
    """Flow id as text: it passes 2^53."""


Domain = Literal["camera", "hotspot", "environment", "netsec"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
Event = Camera | Hotspot | Environment | Netsec
AnyEvent = Annotated[Event, Field(discriminator="type")]
MODELS: dict[Domain, type[Camera | Hotspot | Environment | Netsec]] = {
    "camera": Camera,
    "hotspot": Hotspot,
    "environment": Environment,
    "netsec": Netsec,
}
