"""`ioc convert` as a person runs it: output, refusals, summary, exit codes, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ioc.cli.app import run
from ioc.events.codec import decode

STATION = "PM10\t61.3\tug/Nm3\t20260115093500\t00\r\nPM10\tx\tug/Nm3\t20260115094000\t00\r\nCO\t-\tmg/Nm3\t20260115094000\t00\r\n"
HEADER = "timestamp_utc,station_name,latitude,longitude,ward_code,parameter,value,unit,aqi_reported,quality_flag,ingest_time\n"
MO_CHE = '"Mo Che, Thanh pho Song Cong, Thai Nguyen, Vietnam",21.503401,105.842697,05528'


class Ran(NamedTuple):
    code: int
    events: list[dict[str, Any]]
    said: str


def convert(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> Ran:
    code = run(["convert", *arguments])
    out, err = capfdbinary.readouterr()
    for line in out.splitlines():
        decode(line)
    said = err.decode()
    assert "Traceback" not in said
    return Ran(code, [json.loads(line) for line in out.splitlines()], said)


def written(tmp_path: Path, name: str, text: str) -> str:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return str(path)


def test_good_records_leave_and_refused_ones_are_explained(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file, rejects = written(tmp_path, "TN_GANGTHEP_20260115093500.txt", STATION), tmp_path / "rejects.ndjson"
    ran = convert(capfdbinary, file, "--adapter", "station_text", "--rejects", str(rejects))
    assert ran.code == 0
    assert [(event["source"], event["quantity"], event["value"]) for event in ran.events] == [
        ("station:gang-thep", "pm10", 61.3)
    ]
    (refused,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert (refused["record"], refused["field"], refused["code"], refused["excerpt"]) == (
        2,
        "Value",
        "not_a_number",
        "x",
    )
    assert refused["vi"] == "Trường “Value” phải là số, nhận được “x”."
    assert refused["en"] == "Field “Value” must be a number, got “x”."
    assert "3 bản ghi:" in ran.said
    assert "tiếp nhận: 1" in ran.said
    assert "bị từ chối: 1" in ran.said
    assert "bỏ qua: 1" in ran.said


def test_the_summary_speaks_english_when_asked(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = written(tmp_path, "TN_GANGTHEP_20260115093500.txt", STATION)
    ran = convert(capfdbinary, file, "--adapter", "station_text", "--lang", "en")
    assert "3 records:" in ran.said
    assert "1 × Field “Value” must be a number, got “x”. (for example record 2)" in ran.said
    assert "No reading." in ran.said


def test_the_feed_is_recognised_by_its_columns_and_sources(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    row = f"2026-05-14T04:09:51Z,{MO_CHE},temp,31.5,µg/m³,90,valid,2026-05-14T04:10:13Z\n"
    ran = convert(capfdbinary, written(tmp_path, "a.csv", HEADER + row), "--adapter", "readings", "--lang", "en")
    assert "Read as feed “tn-aqi”" in ran.said
    (event,) = ran.events
    assert (event["unit"], event["location"]["commune"]) == ("Cel", "05528")
    assert set(event["flags"]) == {"unit_overridden", "shared_coordinates"}


def test_duplicate_late_and_future_are_told_apart(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def row(observed: str, heard: str) -> str:
        return f"{observed},{MO_CHE},pm25,31.5,µg/m³,90,valid,{heard}\n"

    table = HEADER + "".join(
        (
            row("2026-05-14T10:00:00Z", "2026-05-14T10:00:05Z"),
            row("2026-05-14T10:00:00Z", "2026-05-14T10:01:05Z"),
            row("2026-05-14T07:59:59Z", "2026-05-14T10:02:05Z"),
            row("2026-05-14T08:00:00Z", "2026-05-14T10:03:05Z"),
            row("2026-05-14T16:00:00Z", "2026-05-14T10:04:05Z"),
        )
    )
    ran = convert(capfdbinary, written(tmp_path, "a.csv", table), "--adapter", "readings", "--lang", "en")
    counts = {
        line.split(":")[0].strip(): line.split(":")[1].strip()
        for line in ran.said.splitlines()
        if line.startswith("  ")
    }
    assert [counts[fate] for fate in ("accepted", "duplicate", "late", "in the future")] == ["2", "1", "1", "1"]
    assert len(ran.events) == 4


def test_received_at_judges_records_without_a_time_of_receipt(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = written(tmp_path, "TN_GANGTHEP_20260115093500.txt", STATION)
    at = "2026-01-15T09:00:00+07:00"
    ran = convert(capfdbinary, file, "--adapter", "station_text", "--received-at", at, "--lang", "en")
    assert "in the future: 1" in ran.said
    assert ran.events[0]["received_at"] == "2026-01-15T02:00:00Z"


def test_a_file_converted_twice_gives_the_same_bytes(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = written(tmp_path, "TN_GANGTHEP_20260115093500.txt", STATION)
    assert (
        convert(capfdbinary, file, "--adapter", "station_text").events
        == convert(capfdbinary, file, "--adapter", "station_text").events
    )


FEED = """name: thu
adapter: readings
domain: environment
title: {vi: Thử, en: Trial}
owner: {unit: {vi: A, en: A}}
schedule: {every: 60}
columns: {time: t, quantities: {x: water_level}, units: {x: cm}}
"""


def test_a_feed_of_ones_own_is_given_by_its_file(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    feed = written(tmp_path, "thu.yaml", FEED)
    file = written(tmp_path, "a.csv", "t,x\n2026-05-14T10:00:00Z,2143\n")
    ran = convert(capfdbinary, file, "--adapter", "readings", "--feed", feed)
    assert ran.events[0]["value"] == 21.43
    assert "thu" in ran.said


WRONG = {
    "an unknown adapter": (("{good}", "--adapter", "xml"), 2, "There is no adapter “xml”"),
    "a file that is not there": (("{dir}/none.csv", "--adapter", "firms"), 2, "No such file"),
    "a directory": (("{dir}", "--adapter", "firms"), 2, "Is a directory"),
    "a feed that is not there": (("{good}", "--adapter", "station_text", "--feed", "nope"), 2, "Feed “nope”"),
    "a feed of another format": (("{good}", "--adapter", "station_text", "--feed", "tn-aqi"), 2, "read by readings"),
    "a time without a zone": (
        ("{good}", "--adapter", "station_text", "--received-at", "2026-01-01T00:00:00"),
        2,
        "with a zone",
    ),
    "a language nobody speaks": (("{good}", "--adapter", "station_text", "--lang", "fr"), 2, "vi"),
    "a broken feed file": (("{good}", "--adapter", "station_text", "--feed", "{bad}"), 1, "bad.yaml"),
    "a configuration that is not there": (("{good}", "--adapter", "station_text", "--config", "{dir}/no"), 1, "no"),
    "rejects that cannot be written": (
        ("{good}", "--adapter", "station_text", "--rejects", "{dir}/no/r"),
        1,
        "Cannot write",
    ),
}


@pytest.mark.parametrize(("arguments", "code", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_ends_with_one_sentence(
    arguments: tuple[str, ...], code: int, sentence: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    places = {
        "good": written(tmp_path, "TN_GANGTHEP_20260115093500.txt", STATION),
        "bad": written(tmp_path, "bad.yaml", "name: [\n"),
        "dir": str(tmp_path),
    }
    ran = convert(
        capfdbinary,
        *(part.format(**places) for part in arguments),
        *(() if "--lang" in arguments else ("--lang", "en")),
    )
    assert (ran.code, ran.events) == (code, [])
    assert sentence in ran.said
    assert len(ran.said.strip().splitlines()) == 1


def ioc(*arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "ioc", "convert", *arguments], env=os.environ | {"IOC_LANG": "en"}, **more
    )


def test_standard_input_is_read(tmp_path: Path) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    out, err = (process := ioc("-", "--adapter", "station_text", **pipes)).communicate(STATION.encode(), timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["source"] == "station_text:station_text"
    assert b"3 records:" in err


def hotspots(count: int) -> bytes:
    header = b"latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,confidence,version,bright_t31,frp,daynight\n"
    return header + b"".join(
        b"21.%05d,105.9,347.56,1.48,1.2,2026-03-%02d,%02d%02d,T,94,6.1NRT,304.85,66.63,D\n"
        % (n % 100_000, 1 + n // 4000 % 28, n // 60 % 24, n % 60)
        for n in range(count)
    )


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_bytes(hotspots(5000))
    process = ioc(str(file), "--adapter", "firms", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    assert process.wait(timeout=60) == 0
    process.stderr.close()
    assert "Traceback" not in said
    assert "Broken pipe" not in said


PEAK = """
import re, sys
from ioc.cli.app import run
code = run(["convert", sys.argv[1], "--adapter", "firms"])
print(code, re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1], file=sys.stderr)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory of a process is read from /proc")
def test_a_large_file_needs_little_more_memory_than_a_small_one(tmp_path: Path) -> None:
    """A file of 62 MB, most of it rows that are refused, against one of 0.3 MB: held whole it would take 62 MB more."""
    peaks = []
    for padding in (0, 600):
        file = tmp_path / f"{padding}.csv"
        file.write_bytes(hotspots(4000) + (b"x" * 100_000 + b"\n") * padding)
        ran = subprocess.run([sys.executable, "-c", PEAK, str(file)], capture_output=True, timeout=120, check=True)
        code, kilobytes = ran.stderr.split()[-2:]
        assert code == b"0"
        peaks.append(int(kilobytes) // 1024)
    small, large = peaks
    assert large < small + 40, f"{small} MB became {large} MB"
