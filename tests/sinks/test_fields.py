import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.events import DOMAINS, MODELS, Domain, event_id
from ioc.events.codec import Observed, model_of
from ioc.sinks import fields
from ioc.sinks.event_lines import to_line
from tests.sinks.history_events import event, place
from tests.sinks.injection import attack
from tests.sinks.line_protocol import points

AT = datetime(2026, 11, 21, 6, 42, 5, 123456, tzinfo=UTC)
HOSTILE = st.text(min_size=1, max_size=40) | st.text(alphabet='\\,= "\n\t%i1.x#\r\x00é', min_size=1, max_size=20)


def line(one: Observed, replay: str = "") -> str:
    return to_line(one, replay).decode()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            event(at=AT, source="trạm 1", location=place(), flags=("unit_assumed", "zone_assumed"), period_s=3600),
            (
                "environment,commune=05443,feed=tn-air,place=Phan\\ Đình\\ Phùng,quality=valid,quantity=pm25,source=trạm\\ 1,unit=ug/m3 "
                'value=35.5,id="{id}",received_ms=1795243327123i,flags="unit_assumed zone_assumed",period_s=3600i,'
                "lat=21.594,lon=105.848 1795243325123{offset}"
            ),
        ),
        (
            event("hotspot", at=AT, source="N20", day=False, brightness_k=330.0, drill=True),
            (
                "hotspot,drill=1,feed=tn-air,instrument=VIIRS,lane={lane},quality=valid,quantity=fire_frp,satellite=N20,"
                'source=N20,unit=MW value=12.25,id="{id}",received_ms=1795243327123i,confidence=0.9,brightness_k=330.0,'
                "day=false 1795243325123{offset}"
            ),
        ),
        (
            event("camera", at=AT, title='cổng "B"', zones=("a", "b"), flags=("time_ahead",)),
            (
                "camera,ahead=1,feed=tn-air,kind=smoke,phase=new,quality=valid,quantity=object,severity=unknown,"
                'source=tn-air:1,unit=1 value=0.8,id="{id}",received_ms=1795243327123i,flags="time_ahead",'
                'title="cổng \\"B\\"",zones="a b" 1795243325123{offset}'
            ),
        ),
        (
            event("netsec", at=AT, signature_id="2024056", src_ip="203.0.113.9", src_port=0, action="blocked"),
            (
                "netsec,action=blocked,category=Web\\ Attack,feed=tn-air,lane={lane},quality=valid,quantity=ids_alert,"
                'severity=severe,signature_id=2024056,source=tn-air:1,unit=1 value=1.0,id="{id}",'
                'received_ms=1795243327123i,src_ip="203.0.113.9",src_port=0i 1795243325123{offset}'
            ),
        ),
    ],
    ids=lambda one: "" if isinstance(one, str) else fields.domain_of(one),
)
def test_a_line_of_each_domain(one: Observed, expected: str) -> None:
    found = line(one)

    (point,) = points(found)
    offset = f"{point.time % 1_000_000:06d}"
    assert found == expected.format(id=one.id, lane=point.tags.get("lane"), offset=offset)


def test_a_replay_is_named_by_a_tag() -> None:
    (point,) = points(line(event(at=AT), "tuần cháy rừng"))

    assert point.tags["replay"] == "tuần cháy rừng"


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_model_and_its_struct_give_the_same_line(domain: Domain) -> None:
    one: Any = event(domain, at=AT, location=place(), title="x")

    model = model_of(msgspec.json.encode(one))
    assert to_line(model) == to_line(one)


@pytest.mark.parametrize("domain", DOMAINS)
def test_everything_an_event_says_is_kept_or_left_out_on_purpose(domain: Domain) -> None:
    kept = {*fields.COMMON_TAGS, *fields.DOMAIN_TAGS[domain]}
    kept |= {one.attribute or one.name for one in (*fields.COMMON_FIELDS, *fields.DOMAIN_FIELDS[domain])}
    on_purpose = {"type", "observed_at", "location", "media"}

    assert set(MODELS[domain].model_fields) - kept == on_purpose


def test_ids_addresses_and_texts_are_never_tags() -> None:
    unbounded = {"id", "title", "track", "flow", "src_ip", "dest_ip", "src_port", "dest_port", "lat", "lon", "value"}

    for domain in DOMAINS:
        assert unbounded.isdisjoint({*fields.COMMON_TAGS, *fields.DOMAIN_TAGS[domain]})


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_field_has_one_kind_and_one_place(domain: Domain) -> None:
    named = [one.name for one in (*fields.COMMON_FIELDS, *fields.PLACE_FIELDS, *fields.DOMAIN_FIELDS[domain])]
    named += [*fields.COMMON_TAGS, *fields.DOMAIN_TAGS[domain]]

    assert len(named) == len(set(named))


def test_a_whole_number_is_still_a_float() -> None:
    one: Any = event(at=AT, value=3)

    assert " value=3.0," in line(one)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_makes_no_line(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_line(event(at=AT, value=bad))
    with pytest.raises(ValueError, match="finite"):
        to_line(event(at=AT, location=place(lon=bad)))


def test_the_time_is_the_events_to_the_millisecond_and_its_own_below() -> None:
    times = {points(line(event(at=AT, n=n)))[0].time for n in range(200)}

    assert len(times) == 200
    assert {at // 1_000_000 for at in times} == {1795243325123}


def test_a_time_before_1970_keeps_its_millisecond() -> None:
    at = datetime(1969, 12, 31, 23, 59, 59, 999_500, tzinfo=UTC)

    assert points(line(event(at=at)))[0].time // 1_000_000 == -1


def test_the_same_event_gives_the_same_line_again() -> None:
    assert line(event("netsec", at=AT)) == line(event("netsec", at=AT))


@pytest.mark.data
def test_a_week_of_hotspots_with_up_to_1300_in_one_minute_loses_none(shared_data: Path) -> None:
    with (shared_data / "firms" / "pcc3e_world_fires_7_day.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    made = [
        event(
            "hotspot",
            at=datetime.strptime(f"{row['acq_date']} {row['acq_time']} +0000", "%Y-%m-%d %H%M %z"),
            source=row["satellite"],
            satellite=row["satellite"],
            n=(row["latitude"], row["longitude"]),
        )
        for row in rows
    ]
    kept = {(line(one).partition(" ")[0], line(one).rpartition(" ")[2]) for one in made}

    assert len({one.id for one in made}) == 41_670
    assert len(kept) == 41_670


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(source=HOSTILE, feed=HOSTILE, kind=HOSTILE, title=HOSTILE, zone=HOSTILE, replay=HOSTILE, track=HOSTILE)
def test_no_text_forges_a_tag_a_field_or_a_line(  # noqa: PLR0917 - every text a feed may send
    source: str, feed: str, kind: str, title: str, zone: str, replay: str, track: str
) -> None:
    one = event("camera", at=AT, source=source, feed=feed, kind=kind, title=title, zones=(zone,), track=track)
    plain = event("camera", at=AT, title="x", zones=("x",), track="x", id=one.id)
    safe = to_line(plain, "x")

    before, found, after = points("\n".join((safe.decode(), line(one, replay), safe.decode())))

    assert before == after == points(safe.decode())[0]
    assert found.measurement == "camera"
    assert set(found.tags) == set(before.tags)
    assert set(found.fields) == set(before.fields)
    said = {name: fields.plain_tag(value) for name, value in found.tags.items()}
    assert (said["source"], said["feed"], said["kind"], said["replay"]) == (source, feed, kind, replay)
    assert (found.fields["title"], found.fields["zones"], found.fields["track"]) == (title, zone, track)
    assert found.time == before.time


def test_hostile_texts_stay_texts_in_a_block() -> None:
    """S9, the short form; `scripts/long injection` writes 100,000."""
    assert attack(2_000, 9, AT) == 2_000


@given(st.text(max_size=60))
def test_a_tags_text_comes_back(text: str) -> None:
    stored = fields.tag_value(text)

    assert fields.plain_tag(stored) == text
    assert "\\" not in stored
    assert "\n" not in stored


def test_a_source_is_heard_at_its_newest_receipt_and_a_drill_is_not_heard() -> None:
    later = AT + timedelta(seconds=70)
    events = [
        event(at=AT, source="a b", received_at=later),
        event(at=AT, source="a b", received_at=AT, n=1),
        event(at=AT, source="c", received_at=AT),
        event(at=AT, source="d", drill=True),
    ]

    assert fields.heard(events) == {("tn-air", "a b"): 1795243395123, ("tn-air", "c"): 1795243325123}


@given(feed=HOSTILE, source=HOSTILE)
def test_what_was_heard_stands_at_its_minute(feed: str, source: str) -> None:
    (found,) = points(fields.heard_line(feed, source, 1795243395123))

    assert (found.measurement, found.fields, found.time) == (
        "heard",
        {"received_ms": 1795243395123},
        1795243380000_000000,
    )
    assert {name: fields.plain_tag(value) for name, value in found.tags.items()} == {"feed": feed, "source": source}


def test_an_event_id_of_any_shape_has_its_place() -> None:
    for odd in ("0123456789abcdef", "x" * 64, "không phải số 16 chữ", event_id("a", "b")):
        assert points(line(event(at=AT, id=odd)))[0].fields["id"] == odd
