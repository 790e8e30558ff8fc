"""Every real file of these formats: its fates add up to its records, and its known defects are each marked."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.adapters import ADAPTERS
from ioc.adapters.defaults import default_feed
from ioc.cli.tally import Tally
from ioc.errors import Unreadable
from ioc.events import Event
from ioc.intake import Judged, judge
from ioc.places.boundaries import Boundaries
from ioc.settings import load_catalogue
from tests.adapters.real_files import FILES, RealFile, feed_of

pytestmark = pytest.mark.data
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def judged(path: Path, feed: str) -> Iterator[Judged]:
    return judge(path.read_bytes(), feed_of(feed), load_catalogue(), Boundaries.builtin(), NOW, origin=str(path))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_fates_add_up_to_the_records(file: RealFile, shared_data: Path) -> None:
    path = shared_data / file.path
    tally = Tally(feed_of(file.feed))
    for record in judged(path, file.feed):
        tally.count(record)
    assert tally.fates.total() == file.count(path)
    assert {fate: count for fate, count in tally.fates.items() if count} == file.fates


STATION_FILE = "env/thainguyen_aqiin_measurements.csv"


@pytest.fixture(scope="module")
def station_rows(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / STATION_FILE).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def station_events(shared_data: Path) -> list[Event]:
    return [event for record in judged(shared_data / STATION_FILE, "tn-aqi") for event in record.events]


Rows = list[dict[str, str]]


def test_231_rows_ahead_of_their_ingest_are_marked(station_rows: Rows, station_events: list[Event]) -> None:
    ahead = [n for n, row in enumerate(station_rows) if row["timestamp_utc"] > row["ingest_time"]]
    assert len(ahead) == 231
    assert [n for n, event in enumerate(station_events) if "time_ahead" in event.flags] == ahead


def test_temperature_and_humidity_labelled_by_mass_are_mended(station_rows: Rows, station_events: list[Event]) -> None:
    wrong = {n for n, row in enumerate(station_rows) if row["parameter"] in ("temp", "hum")}
    assert {station_rows[n]["unit"] for n in wrong} == {"µg/m³"}
    mended = {n: event for n, event in enumerate(station_events) if "unit_overridden" in event.flags}
    assert mended.keys() == wrong
    assert {(e.type, e.unit) for e in mended.values()} == {("environment", "Cel"), ("environment", "%")}


def test_carbon_monoxide_of_doubtful_scale_is_marked(station_rows: Rows, station_events: list[Event]) -> None:
    doubtful = [n for n, row in enumerate(station_rows) if row["parameter"] == "co"]
    marked = [n for n, event in enumerate(station_events) if "scale_suspect" in event.flags]
    assert marked == doubtful
    assert {station_events[n].quality for n in marked} == {"suspect"}


def test_two_names_on_one_coordinate_are_marked(station_rows: Rows, station_events: list[Event]) -> None:
    names: dict[tuple[str, str], set[str]] = {}
    for row in station_rows:
        names.setdefault((row["latitude"], row["longitude"]), set()).add(row["station_name"])
    shared = [n for n, row in enumerate(station_rows) if len(names[row["latitude"], row["longitude"]]) > 1]
    assert shared
    assert [n for n, event in enumerate(station_events) if "shared_coordinates" in event.flags] == shared


def test_every_value_and_time_is_what_the_file_says(station_rows: Rows, station_events: list[Event]) -> None:
    assert [float(row["value"]) for row in station_rows] == [event.value for event in station_events]
    times = [datetime.fromisoformat(row["timestamp_utc"]) for row in station_rows]
    assert times == [event.observed_at for event in station_events]


def test_three_stations_that_start_late_are_seen_as_sources_of_their_own(station_events: list[Event]) -> None:
    first: dict[str, datetime] = {}
    for event in station_events:
        first.setdefault(event.source, event.observed_at)
    late = {source for source, at in first.items() if at.month == 5 and at.day == 27}
    assert late == {"aqi:thai-nguyen", "aqi:song-cong-city", "aqi:thai-nguyen-city"}
    assert len(first) == 7


def test_alerts_of_the_suricata_files_keep_their_severities(shared_data: Path) -> None:
    sent: Counter[int] = Counter()
    kept: Counter[str] = Counter()
    for name in ("first-org-conf-2015", "honeypot-2018", "wrccdc-2017"):
        path = shared_data / f"netsec/suricata_{name}_alerts.json"
        sent.update(alert["alert"]["severity"] for alert in json.loads(path.read_bytes()))
        kept.update(
            event.severity for one in judged(path, "~suricata") for event in one.events if event.type == "netsec"
        )
    assert kept == {"extreme": sent[1], "severe": sent[2], "moderate": sent[3]}


def test_44_honeypot_alerts_without_a_zone_are_marked(shared_data: Path) -> None:
    path = shared_data / "netsec/suricata_honeypot-2018_alerts.json"
    found = [event for one in judged(path, "~suricata") for event in one.events]
    assert len(found) == 44
    assert all("zone_assumed" in event.flags for event in found)


def test_firms_hotspots_keep_power_time_and_place(shared_data: Path) -> None:
    path = shared_data / "firms/pcc3e_world_fires_7_day.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    found = [event for one in judged(path, "firms-modis") for event in one.events]
    for row, event in zip(table, found, strict=True):
        assert event.location
        assert (event.value, event.location.lat) == (float(row["frp"]), float(row["latitude"]))
        assert event.observed_at.strftime("%Y-%m-%d %H%M") == f"{row['acq_date']} {row['acq_time']}"


NOT_OURS = {
    "firms/derived_fire_zone1_SEAsia.csv": ("firms", "missing_columns"),
    "firms/hing_readme.txt": ("firms", "firms_error"),
    "env/thainguyen_wards_2026.csv": ("firms", "missing_columns"),
    "vn_rules/qcvn_05_2023.json": ("station_text", "no_station_text"),
    "netsec/zed_zeek_stats.json.gz": ("suricata", "no_json"),
    "env/vn_stg_core__stations.parquet": ("readings", "not_text_input"),
}


@pytest.mark.parametrize(("path", "expected"), NOT_OURS.items())
def test_files_of_other_kinds_are_refused_as_a_whole(path: str, expected: tuple[str, str], shared_data: Path) -> None:
    adapter, code = expected
    with pytest.raises(Unreadable) as caught:
        list(ADAPTERS[adapter]((shared_data / path).read_bytes(), default_feed(adapter), NOW))
    assert caught.value.code == code
