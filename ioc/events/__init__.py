"""The contract in one import."""

from ioc.events.domains import DOMAINS, MODELS, Camera, Domain, Environment, Event, Hotspot, Netsec
from ioc.events.envelope import (
    FATES,
    SEVERITIES,
    Certainty,
    Fate,
    Flag,
    Location,
    Media,
    Quality,
    Reason,
    Rejected,
    Severity,
    Tick,
    event_id,
    iso,
)

__all__ = [
    "DOMAINS",
    "FATES",
    "MODELS",
    "SEVERITIES",
    "Camera",
    "Certainty",
    "Domain",
    "Environment",
    "Event",
    "Fate",
    "Flag",
    "Hotspot",
    "Location",
    "Media",
    "Netsec",
    "Quality",
    "Reason",
    "Rejected",
    "Severity",
    "Tick",
    "event_id",
    "iso",
]
