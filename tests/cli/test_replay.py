"""What `ioc replay` says before anything is sent: wishes it cannot grant, and what it reads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ioc.cli.app import run
from ioc.cli.play import Prepared, Wish, prepare
from ioc.cli.replay import pace, place
from ioc.errors import Permanent
from ioc.events.codec import decode
from ioc.runtime.clock import RealClock
from ioc.settings import Settings

HEADER = "timestamp_utc,station_name,latitude,longitude,station_id,parameter,value,unit,aqi,quality_flag,ingest_time\n"
ROW = '2026-05-14T0{hour}:00:00Z,"Quan Trieu, Thanh pho Thai Nguyen, Thai Nguyen, Vietnam",21.608004,105.817352,1,pm25,{value},µg/m³,1,valid,2026-05-14T0{hour}:30:00Z\n'
WISH = Wish(
    files=(),
    adapter="readings",
    feed="tn-aqi",
    speed=None,
    shift_to_now=False,
    move=(0.0, 0.0),
    notify=False,
    again=False,
)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.delenv("IOC_SETTINGS", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def written(path: Path, *rows: tuple[int, object]) -> str:
    path.write_text(HEADER + "".join(ROW.format(hour=hour, value=value) for hour, value in rows), encoding="utf-8")
    return str(path)


def prepared(stack: ExitStack, *files: str, **wishes: object) -> Prepared:
    wish = replace(WISH, files=files, **wishes)  # type: ignore[arg-type]  # each test says what it wishes
    return prepare(wish, Settings.model_validate({}), stack, "en")


def values(found: Prepared) -> list[float]:
    spool = found.replay.spool
    return [decode(spool.body(nth).value).value for nth in range(len(spool))]


class TestWishes:
    @pytest.mark.parametrize(("given", "speed"), [("max", None), ("real", 1), ("60x", 60), ("0.5x", 0.5)])
    def test_speeds(self, given: str, speed: float | None) -> None:
        assert pace(given) == speed

    @pytest.mark.parametrize("given", ["", "fast", "60", "x", "0x", "-1x", "nanx", "infx", "1e300x"])
    def test_what_is_no_speed(self, given: str) -> None:
        with pytest.raises(Permanent, match="replay_speed"):
            pace(given)

    @pytest.mark.parametrize("given", ["", "1", "1,2,3", "a,b", "nan,1", "1,inf", "181,0", "0,361"])
    def test_what_is_no_move(self, given: str) -> None:
        with pytest.raises(Permanent, match="replay_move"):
            place(given)

    def test_a_move(self) -> None:
        assert place("-29.15,-5.1") == (-29.15, -5.1)
        assert place(None) == (0, 0)


SLIPS = {
    "nothing runs there": (["--port", "8080"], 1, "No IOC runs on port 8080"),
    "no such settings": (["--settings", "/nowhere.toml"], 1, "/nowhere.toml"),
    "no such speed": (["--speed", "fast"], 2, "--speed takes max, real"),
    "no such move": (["--move", "-1"], 2, "--move takes degrees"),
    "no such adapter": (["--settings", "{settings}", "--adapter", "morse"], 2, "There is no adapter “morse”"),
    "no such feed": (["--settings", "{settings}", "--feed", "morse"], 2, "Feed “morse” is neither"),
    "no such file": (["--settings", "{settings}", "/nowhere.csv"], 2, "Cannot read the file /nowhere.csv"),
    "not of that format": (["--settings", "{settings}", "{page}"], 2, ""),
    "no event in it": (["--settings", "{settings}", "{empty}"], 2, "There is no event to replay"),
    "nobody at that broker": (["--settings", "{settings}", "{file}"], 1, "127.0.0.1:1"),
}


@pytest.mark.parametrize(("arguments", "code", "said"), SLIPS.values(), ids=SLIPS.keys())
def test_a_wish_that_cannot_be_granted_is_one_sentence(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text('[kafka]\nbootstrap = "127.0.0.1:1"\n', encoding="utf-8")
    (tmp_path / "page.csv").write_text("<html><body>no such page</body></html>", encoding="utf-8")
    named = {
        "{settings}": str(tmp_path / "settings.toml"),
        "{page}": str(tmp_path / "page.csv"),
        "{file}": written(tmp_path / "good.csv", (4, 1)),
        "{empty}": written(tmp_path / "empty.csv", (4, "n/a")),
    }
    given = [named.get(one, one) for one in arguments]
    files = [] if given[-1].endswith(".csv") else [named["{file}"]]
    assert run(["replay", "--adapter", "readings", "--feed", "tn-aqi", *given, *files]) == code
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert said in told.splitlines()[-1]


def test_files_are_one_replay_in_order_of_time_and_a_record_of_two_files_counts_once(
    stack: ExitStack, tmp_path: Path
) -> None:
    late = written(tmp_path / "late.csv", (5, 50), (7, 70))
    early = written(tmp_path / "early.csv", (6, 60), (4, 40), (5, 50))
    found = prepared(stack, late, early)

    assert values(found) == [40, 50, 60, 70]
    assert {fate: count for fate, count in found.tally.fates.items() if count} == {"accepted": 4, "duplicate": 1}


def test_refused_records_are_kept_for_the_topic_of_refusals(stack: ExitStack, tmp_path: Path) -> None:
    found = prepared(stack, written(tmp_path / "a.csv", (4, 40), (5, "soon"), (6, "NaN!")))
    lines = [line for part in found.replay.spool.refused() for line in part]

    assert len(lines) == found.tally.fates["rejected"] == 2
    assert all(b'"feed":"tn-aqi"' in line and b"a.csv" in line for line in lines)


def test_a_replay_has_one_name_for_the_same_contents_and_wishes_and_another_for_others(
    stack: ExitStack, tmp_path: Path
) -> None:
    one, copy = (written(tmp_path / name, (4, 40)) for name in ("one.csv", "copy.csv"))
    other = written(tmp_path / "other.csv", (4, 41))
    name = prepared(stack, one).replay.name

    assert name.startswith("2026-05-14-")
    assert prepared(stack, copy).replay.name == name
    others = [
        prepared(stack, other),
        prepared(stack, one, other),
        prepared(stack, one, move=(1.0, 0.0)),
        prepared(stack, one, notify=True),
        prepared(stack, one, again=True),
    ]
    names = {found.replay.name for found in others}
    assert name not in names
    assert len(names) == len(others)
    assert [found.replay.name.endswith("+notify") for found in others] == [False, False, False, True, False]
    assert prepared(stack, one, feed=None).replay.name == name, "the feed is recognised"


@pytest.mark.parametrize(
    ("speed", "ahead"), [(None, timedelta()), (1.0, timedelta(hours=3)), (60.0, timedelta(minutes=3))]
)
def test_shifted_to_now_the_last_event_bears_the_time_at_which_it_is_played(
    speed: float | None, ahead: timedelta, stack: ExitStack, tmp_path: Path
) -> None:
    file = written(tmp_path / "a.csv", (4, 40), (7, 70))
    found = prepared(stack, file, shift_to_now=True, speed=speed)
    events = [decode(found.replay.spool.body(nth).value) for nth in range(2)]

    assert events[1].observed_at - events[0].observed_at == timedelta(hours=3)
    assert events[1].received_at - events[1].observed_at == timedelta(minutes=30)
    assert abs(events[1].observed_at - RealClock().now() - ahead) < timedelta(seconds=30)
    assert found.replay.name.startswith("2026-05-14-")
