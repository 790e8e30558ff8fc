"""One event of each domain with every field set, and the least one; what other tests mutate."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 5, 14, 3, tzinfo=UTC)
COMMON: dict[str, Any] = {
    "id": "0123456789abcdef0123456789abcdef",
    "feed": "f",
    "source": "s:1",
    "observed_at": "2026-05-14T10:00:00+07:00",
    "received_at": "2026-05-14T03:00:01.5Z",
    "value": 12.5,
}
MORE: dict[str, Any] = {
    "location": {"lat": 21.6, "lon": 105.8, "commune": "05443", "error_m": 265.4},
    "quality": "suspect",
    "flags": ["time_ahead", "saturated"],
    "title": "Một điều",
    "media": [{"kind": "image", "url": "https://camera.example/1.jpg", "taken_at": "2026-05-14T03:00:00Z"}],
    "drill": True,
}
LEAST: dict[str, dict[str, Any]] = {
    "environment": COMMON | {"type": "environment", "quantity": "pm25", "unit": "ug/m3"},
    "hotspot": COMMON
    | {
        "type": "hotspot",
        "quantity": "fire_frp",
        "unit": "MW",
        "satellite": "NOAA-20",
        "instrument": "VIIRS",
        "confidence": 0.6,
    },
    "camera": COMMON | {"type": "camera", "quantity": "object", "unit": "1", "kind": "car", "phase": "new"},
    "netsec": COMMON | {"type": "netsec", "quantity": "ids_alert", "unit": "1", "severity": "severe"},
}
FULL: dict[str, dict[str, Any]] = {
    "environment": LEAST["environment"] | MORE | {"period_s": 3600},
    "hotspot": LEAST["hotspot"]
    | MORE
    | {"brightness_k": 331.3, "day": False, "version": "2.0NRT", "surface": "vegetation"},
    "camera": LEAST["camera"] | MORE | {"track": "1.2-a", "severity": "severe", "zones": ["yard"], "stationary": True},
    "netsec": LEAST["netsec"]
    | MORE
    | {
        "category": "x",
        "signature_id": "1",
        "action": "allowed",
        "src_ip": "::1",
        "src_port": 1,
        "dest_ip": "10.0.0.1",
        "dest_port": 65535,
        "proto": "TCP",
        "app_proto": "http",
        "flow": "18446744073709551615",
    },
}
