"""The real files beside the project: how each is read, and how many records it has, counted without our code."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ioc.adapters.defaults import default_feed
from ioc.catalogue import Columns, Feed
from ioc.settings import load_catalogue


class RealFile(NamedTuple):
    """A path below the data folder, the feed it is read as, how its records are counted, and what they become."""

    path: str
    feed: str
    count: Callable[[Path], int]
    fates: dict[str, int]
    """Fates that are not zero; they add up to the count."""


def rows(delimiter: str = ",") -> Callable[[Path], int]:
    def count(path: Path) -> int:
        with path.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _ in csv.DictReader(stream, delimiter=delimiter))

    return count


def lines(path: Path) -> int:
    return sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines())


def elements(path: Path) -> int:
    found = json.loads(path.read_bytes())
    return len(found) if isinstance(found, list) else 1


def features(path: Path) -> int:
    return len(json.loads(path.read_bytes())["features"])


def observations(path: Path) -> int:
    return sum(len(stream["Observations"]) for stream in json.loads(path.read_bytes())["Datastreams"])


def _table(name: str, zone: str, **columns: Any) -> Feed:
    return default_feed("readings").model_copy(update={"name": name, "zone": zone, "columns": Columns(**columns)})


OURS = {
    feed.name: feed
    for feed in (
        _table(
            "hanoi",
            "UTC",
            time="UTC Time",
            quantities={
                "AQI": "aqi_reported",
                "CO": "co",
                "NO2": "no2",
                "O3": "o3",
                "PM10": "pm10",
                "PM25": "pm25",
                "SO2": "so2",
                "Precipitation": "rain",
                "Pressure": "pressure",
                "Relative Humidity": "humidity",
                "Temperature": "temperature",
                "UV Index": "uv_index",
                "Wind Speed": "wind_speed",
            },
            units={"Precipitation": "mm", "Pressure": "mbar", "Temperature": "°C", "Wind Speed": "m/s"},
        ),
        _table(
            "beijing",
            "Asia/Shanghai",
            time=("year", "month", "day", "hour"),
            time_format="%Y %m %d %H",
            quantities={"pm2.5": "pm25", "DEWP": "dew_point", "TEMP": "temperature", "PRES": "pressure"},
        ),
        _table(
            "river",
            "UTC",
            time="date_obs",
            source="code_station",
            quantities={"resultat_obs_mm": "water_level"},
            units={"resultat_obs_mm": "mm"},
            lat="latitude",
            lon="longitude",
        ),
        _table(
            "river-raw",
            "UTC",
            time="date_obs",
            source="code_station",
            quantities={"resultat_obs": "water_level"},
            units={"resultat_obs": "mm"},
            lat="latitude",
            lon="longitude",
        ),
        _table("nui-coc", "+07:00", time="timestamp_local", quantities={"water_level_m": "water_level"}),
        _table(
            "room",
            "UTC",
            time="timestamp",
            quantities={"value": "temperature"},
            units={"value": "°F"},
        ),
    )
}


def feed_of(name: str) -> Feed:
    """One of the above, one of the shipped catalogue, or (`~adapter`) a built-in description."""
    if name.startswith("~"):
        return default_feed(name[1:])
    return OURS.get(name) or load_catalogue().by_feed[name]


FILES = [
    RealFile("env/thainguyen_aqiin_measurements.csv", "tn-aqi", rows(), {"accepted": 17512, "future": 231}),
    RealFile("env/hanoi_aqi_weather_2023_2024.csv", "hanoi", rows(), {"accepted": 8785}),
    RealFile("env/beijing_pm25_2010_2014.csv", "beijing", rows(), {"accepted": 43824}),
    RealFile("env/river_hubeau_water_level_10min.csv", "river", rows(), {"accepted": 21263}),
    RealFile("env/river_hubeau_raw_sample.csv", "river-raw", rows(";"), {"accepted": 13, "late": 999, "rejected": 1}),
    RealFile("vn_rules/nui_coc_levels_news.csv", "nui-coc", rows(), {"accepted": 17}),
    RealFile("netlink/nab_ambient_temperature_system_failure.csv", "room", rows(), {"accepted": 7267}),
    RealFile("firms/pcc3e_world_fires_7_day.csv", "firms-modis", rows(), {"accepted": 41670}),
    RealFile("firms/pcc3e_world_fires_1_day.csv", "firms-modis", rows(), {"accepted": 3125}),
    RealFile("firms/pcc2e_world_fires_1_day.csv", "firms-modis", rows(), {"accepted": 27381}),
    RealFile("firms/vn_box_modis_nrt_2022-03-28_04-04.csv", "firms-modis", rows(), {"accepted": 670}),
    RealFile("firms/viirs_N21_NRT_N20_SP_transcribed.csv", "firms-viirs", rows(), {"accepted": 38}),
    RealFile("firms/viirs_snpp_nrt_readme_rows.csv", "firms-viirs", rows(), {"accepted": 9}),
    RealFile("firms/seasia_modis_2018-05-23.geojson", "firms-modis", features, {"accepted": 614}),
    RealFile("netsec/suricata_first-org-conf-2015_alerts.json", "~suricata", elements, {"accepted": 5, "late": 131}),
    RealFile("netsec/suricata_honeypot-2018_alerts.json", "~suricata", elements, {"accepted": 12, "late": 32}),
    RealFile("netsec/suricata_wrccdc-2017_alerts.json", "~suricata", elements, {"accepted": 6, "late": 155}),
    RealFile(
        "netsec/suricata_doc_samples.ndjson",
        "~suricata",
        lines,
        {"accepted": 3, "late": 2, "ignored": 8, "rejected": 8},
    ),
    RealFile("netsec/suricata_doc_fragments.ndjson", "~suricata", lines, {"rejected": 76}),
    RealFile("netsec/telegraf_suricata_alert.json", "~suricata", elements, {"accepted": 1}),
    RealFile("netsec/telegraf_suricata_dns.json", "~suricata", elements, {"ignored": 1}),
    RealFile("netsec/telegraf_suricata_drop.json", "~suricata", elements, {"accepted": 1}),
    RealFile("netsec/telegraf_suricata_flow.json", "~suricata", elements, {"ignored": 1}),
    RealFile("netsec/telegraf_suricata_http.json", "~suricata", elements, {"ignored": 1}),
    RealFile("netsec/telegraf_suricata_status.json", "~suricata", elements, {"accepted": 1}),
    RealFile("netsec/telegraf_suricata_test1.json", "~suricata", elements, {"accepted": 1}),
    RealFile("netsec/telegraf_suricata_test2.json", "~suricata", elements, {"ignored": 1}),
    RealFile("netsec/telegraf_suricata_test3.json", "~suricata", elements, {"accepted": 1}),
    RealFile("camera/frigate_payload_samples.ndjson", "frigate", lines, {"accepted": 8}),
    RealFile("env/sensorthings_observation.json", "~sensorthings", elements, {"rejected": 1}),
    RealFile("env/sensorthings_frost_entitiesDefault.json", "~sensorthings", observations, {"rejected": 4}),
    RealFile("vn_rules/SYNTHETIC_TN_STATION01_20260115093500.txt", "stations", lines, {"accepted": 5}),
]
