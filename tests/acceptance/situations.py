"""Replays of real files that have a golden list: which file, by which feed, moved by how much, told by which script."""

import json
from pathlib import Path
from typing import Any, NamedTuple

GOLDEN = Path(__file__).parent / "golden"


class Situation(NamedTuple):
    """`file` lies under ../shared/data; `move` is degrees north and east, as `ioc replay --move=` takes it."""

    name: str
    script: str
    feed: str
    file: str
    move: str | None = None

    def golden(self) -> dict[str, Any]:
        """The committed list: records, fates, episodes."""
        told: dict[str, Any] = json.loads((GOLDEN / f"{self.name}.json").read_text(encoding="utf-8"))
        return told


SITUATIONS = [
    Situation("stations", "naive_stations.py", "tn-aqi", "env/thainguyen_aqiin_measurements.csv"),
    Situation("hotspots_as_it_stands", "naive_hotspots.py", "firms-modis", "firms/pcc3e_world_fires_7_day.csv"),
    Situation(
        "hotspots_on_dinh_hoa",
        "naive_hotspots.py",
        "firms-modis",
        "firms/pcc3e_world_fires_7_day.csv",
        "-29.15,-5.1",
    ),
    Situation(
        "hotspots_on_gang_thep",
        "naive_hotspots.py",
        "firms-modis",
        "firms/pcc3e_world_fires_7_day.csv",
        "-29.46,-4.84",
    ),
    Situation(
        "suricata_first_2015",
        "naive_suricata.py",
        "suricata",
        "netsec/suricata_first-org-conf-2015_alerts.json",
    ),
    Situation(
        "suricata_honeypot_2018",
        "naive_suricata.py",
        "suricata",
        "netsec/suricata_honeypot-2018_alerts.json",
    ),
    Situation(
        "suricata_wrccdc_2017",
        "naive_suricata.py",
        "suricata",
        "netsec/suricata_wrccdc-2017_alerts.json",
    ),
    Situation("frigate_samples", "naive_frigate.py", "frigate", "camera/frigate_payload_samples.ndjson"),
]
