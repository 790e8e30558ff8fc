"""Garbage has its fate and its sentence; the good records around it are kept."""

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ioc.cli.app import run

ALERT = {
    "timestamp": "2026-03-24T14:37:19.037299+0700",
    "flow_id": 1,
    "event_type": "alert",
    "alert": {"action": "allowed", "signature_id": 2001219, "signature": "ET SCAN", "category": "x", "severity": 2},
}
OBJECT = {
    "type": "new",
    "before": {},
    "after": {
        "id": "1607123955.475377-mxklsc",
        "camera": "c",
        "label": "car",
        "frame_time": 1607123955.5,
        "top_score": 0.9,
    },
}
OBSERVATION = {
    "phenomenonTime": "2026-03-23T12:14:39Z",
    "result": 22.9,
    "Datastream": {"@iot.id": 5, "unitOfMeasurement": {"symbol": "°C"}, "ObservedProperty": {"name": "temperature"}},
}
FIRMS = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n"

Line = Callable[[int], bytes]


def _json(row: Mapping[str, object], *path: str) -> Line:
    """The n-th good line: the same record with another value at the path."""

    def line(n: int) -> bytes:
        copy = json.loads(json.dumps(row))
        inner = copy
        for step in path[:-1]:
            inner = inner[step]
        old = inner[path[-1]]
        inner[path[-1]] = old.replace(":39", f":4{n}") if isinstance(old, str) else old + n
        return json.dumps(copy).encode()

    return line


FORMATS: dict[str, tuple[bytes, Line]] = {
    "firms": (
        FIRMS.encode(),
        lambda n: b"21.9%d,105.6,331.3,0.39,0.36,2026-03-19,638,N20,VIIRS,n,2.0NRT,288.57,12.5,D" % n,
    ),
    "suricata": (b"", _json(ALERT, "flow_id")),
    "frigate": (b"", _json(OBJECT, "after", "frame_time")),
    "sensorthings": (b"", _json(OBSERVATION, "phenomenonTime")),
    "station_text": (b"", lambda n: b"PM10\t61.3\tug/Nm3\t2026011509350%d\t00" % n),
    "readings": (b"time,station,pm25\n", lambda n: b"2026-05-14T10:00:0%dZ,A1,31" % n),
}
NOISE = random.Random(7).randbytes(3000).replace(b"\n", b"").replace(b'"', b"")
GARBAGE = {
    "noise": NOISE,
    "an HTML error page": b"<html><head><title>502</title></head><body>Bad gateway</body></html>",
    "a line of ten megabytes": b"x" * 10_000_000,
    "a text of ten megabytes": b'{"a":"' + b"x" * 10_000_000 + b'"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand braces": b'{"a":' * 100_000,
    "bad UTF-8": b'{"a":"\xff\xfe"}',
    "a NUL": b'{"a":"\x00"}',
    "NaN": b'{"a":NaN}',
    "1e999": b'{"a":1e999}',
    "a stray quote": b'"',
    "half a record": b'{"timestamp":"2026-03',
}


def converted(
    capfdbinary: pytest.CaptureFixture[bytes], path: Path, adapter: str, rejects: Path
) -> tuple[int, int, str]:
    code = run(["convert", str(path), "--adapter", adapter, "--rejects", str(rejects), "--lang", "en"])
    out, err = capfdbinary.readouterr()
    assert b"Traceback" not in err
    return code, len(out.splitlines()), err.decode()


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("adapter", FORMATS)
def test_garbage_between_good_records(
    adapter: str, garbage: bytes, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    header, line = FORMATS[adapter]
    path, rejects = tmp_path / "in", tmp_path / "rejects"
    path.write_bytes(header + b"\n".join([line(1), garbage, line(2), line(3)]) + b"\n")
    code, events, _ = converted(capfdbinary, path, adapter, rejects)
    assert (code, events) == (0, 3)
    found = [json.loads(one) for one in rejects.read_text(encoding="utf-8").splitlines()]
    assert {one["record"] for one in found} == {2}
    assert all(one["vi"] and one["en"] and len(one["excerpt"]) <= 200 for one in found)


ALONE = {
    key: value for key, value in GARBAGE.items() if key in ("noise", "an HTML error page", "a line of ten megabytes")
} | {
    "nothing": b"",
    "blank lines": b"\n \n\n",
    "a compressed file": b"\x1f\x8b\x08\x00" + NOISE,
}


@pytest.mark.parametrize("garbage", ALONE.values(), ids=ALONE)
@pytest.mark.parametrize("adapter", FORMATS)
def test_garbage_alone_cannot_be_read_as_that_format(
    adapter: str, garbage: bytes, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "in"
    path.write_bytes(garbage)
    code, events, said = converted(capfdbinary, path, adapter, tmp_path / "rejects")
    assert (code, events) == (2, 0)
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("adapter", "raw"), [("firms", FIRMS.encode()), ("readings", b"time,station,pm25\n"), ("suricata", b"[]")]
)
def test_a_header_alone_is_no_error_and_no_record(
    adapter: str, raw: bytes, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "in"
    path.write_bytes(raw)
    code, events, said = converted(capfdbinary, path, adapter, tmp_path / "rejects")
    assert (code, events) == (0, 0)
    assert "0 records:" in said
