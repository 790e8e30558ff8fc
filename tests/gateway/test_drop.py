import json
import os
from pathlib import Path

import pytest

from ioc.errors import Retryable
from ioc.gateway import drop as drop_module
from ioc.gateway.drop import REST, Drop
from tests.gateway.gateway_door import ROW, Door, feed


class Rain:
    """A drop directory with a folder for feed `rain`."""

    def __init__(self, folder: Path) -> None:
        self.door = Door(folder / "data", feed(), feed("stations", adapter="station_text", columns=None))
        self.root = folder / "drop"
        self.rain = self.root / "rain"
        self.rain.mkdir(parents=True)
        self.drop = Drop(self.root, self.door.receiver)

    def put(self, name: str, content: object, folder: str = "rain") -> Path:
        path = self.root / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    async def rest(self, seconds: float = REST) -> int:
        taken = await self.drop.look()
        self.door.clock.pass_(seconds)
        return taken + await self.drop.look()

    def lying(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir())


@pytest.fixture
def rain(tmp_path: Path) -> Rain:
    return Rain(tmp_path)


async def test_a_file_that_rests_is_taken_and_put_away(rain: Rain) -> None:
    rain.put("a.json", [ROW])

    assert await rain.rest() == 1
    assert len(rain.door.log.events) == 1
    assert rain.lying() == ["rain/done/2026-05-14/a.json"]
    assert await rain.rest() == 0


async def test_a_file_that_still_grows_is_left(rain: Rain) -> None:
    path = rain.put("a.json", [ROW])
    for _ in range(3):
        assert await rain.rest(REST - 0.1) == 0
        path.write_bytes(path.read_bytes() + b" ")
    assert rain.door.log.events == []
    assert await rain.rest() == 1


async def test_a_file_that_grew_while_it_was_read_is_taken_again(rain: Rain, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rain.put("a.ndjson", json.dumps(ROW).encode() + b"\n")
    read = drop_module._read

    def read_and_grow(at: Path) -> bytes | None:
        raw = read(at)
        if raw is not None and raw.count(b"\n") == 1:
            path.write_bytes(raw + json.dumps(ROW | {"time": "2026-05-14T09:40:00+07:00"}).encode() + b"\n")
        return raw

    monkeypatch.setattr(drop_module, "_read", read_and_grow)
    assert await rain.rest() == 0
    assert rain.lying() == ["rain/a.ndjson"]
    assert await rain.rest() == 1
    assert len(rain.door.log.events) == 2


async def test_a_file_that_is_refused_lies_apart_with_its_reasons(rain: Rain) -> None:
    rain.put("page.csv", b"<html>502</html>")
    rain.put("bad.json", [ROW | {"rain_mm": "x"}])
    rain.put("half.json", [ROW, ROW | {"rain_mm": "x"}])

    assert await rain.rest() == 3
    day = "2026-05-14"
    assert rain.lying() == [
        f"rain/done/{day}/half.json",
        f"rain/done/{day}/half.json.why",
        f"rain/rejected/{day}/bad.json",
        f"rain/rejected/{day}/bad.json.why",
        f"rain/rejected/{day}/page.csv",
        f"rain/rejected/{day}/page.csv.why",
    ]
    why = (rain.rain / "done" / day / "half.json.why").read_text(encoding="utf-8")
    assert why.splitlines()[-1] == (
        "2\train_mm\tnot_a_number\tTrường “rain_mm” phải là số, nhận được “x”. / "
        "Field “rain_mm” must be a number, got “x”."
    )
    assert {record.note for record in rain.door.log.refused} == {"page.csv", "bad.json", "half.json"}


async def test_while_kafka_is_down_files_stay_and_are_taken_later(rain: Rain) -> None:
    rain.put("a.json", [ROW])
    rain.door.log.down = True
    with pytest.raises(Retryable):
        await rain.rest()

    assert rain.lying() == ["rain/a.json"]
    rain.door.log.down = False
    assert await rain.rest() == 1


async def test_a_station_file_is_told_by_its_name(rain: Rain) -> None:
    rain.put("one_20260514095000.txt", b"PM2,5\t61.3\tug/Nm3\t20260514095000\t00\r\n", "stations")

    assert await rain.rest() == 1
    assert rain.door.log.events[0].source == "stations:one"


async def test_a_name_that_was_there_before_is_not_written_over(rain: Rain) -> None:
    for _ in range(3):
        rain.put("a.json", [ROW])
        await rain.rest()

    done = "rain/done/2026-05-14"
    assert rain.lying() == [f"{done}/a.json", f"{done}/a~2.json", f"{done}/a~3.json"]
    assert len(rain.door.log.events) == 1


async def test_unfinished_uploads_links_and_folders_are_left_alone(rain: Rain, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps([ROW]), encoding="utf-8")
    (rain.rain / "link.json").symlink_to(secret)
    (rain.rain / "folder.json").mkdir()
    os.mkfifo(rain.rain / "pipe.json")
    for name in ("a.json.part", ".hidden.json", "b.tmp", "c.why"):
        rain.put(name, [ROW])

    assert await rain.rest() == 0
    assert rain.door.log.events == []
    assert secret.is_file()


async def test_a_folder_of_no_feed_is_told_of_once(rain: Rain, caplog: pytest.LogCaptureFixture) -> None:
    rain.put("a.json", [ROW], "rian")
    for _ in range(3):
        assert await rain.rest() == 0

    assert [record.levelname for record in caplog.records if "rian" in record.getMessage()] == ["WARNING"]


async def test_a_link_in_the_place_of_done_moves_nothing_out(rain: Rain, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (rain.rain / "done").symlink_to(outside)
    rain.put("a.json", [ROW])
    rain.put("b_20260514095000.txt", b"PM10\t1\tug/Nm3\t20260514095000\t00\n", "stations")

    assert await rain.rest() == 1
    assert list(outside.iterdir()) == []
    assert (rain.rain / "a.json").is_file()


async def test_a_file_too_large_is_refused_unread(rain: Rain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop_module, "BYTES", 10)
    rain.put("big.json", [ROW])

    assert await rain.rest() == 1
    assert rain.lying()[0] == "rain/rejected/2026-05-14/big.json"


async def test_a_large_file_is_taken_part_by_part(rain: Rain) -> None:
    rows = [
        ROW | {"rain_mm": n, "time": f"2026-05-13T{n // 250:02}:{n % 60:02}:{n % 59:02}+07:00"} for n in range(5001)
    ]
    rain.put("many.ndjson", "\n".join(json.dumps(row) for row in rows).encode())

    assert await rain.rest() == 1
    ids = {event.id for event in rain.door.log.events}
    assert len(ids) == len(rain.door.log.events)
    heard = rain.door.receiver.heard("rain").records
    assert heard.total() == 5001
    assert heard["accepted"] == len(ids)


async def test_what_was_put_away_goes_after_its_days(rain: Rain) -> None:
    rain.put("a.json", [ROW])
    await rain.rest()
    rain.door.clock.pass_(14 * 86400)
    await rain.rest()
    assert rain.lying() == ["rain/done/2026-05-14/a.json"]
    rain.door.clock.pass_(86400)
    await rain.rest()
    assert rain.lying() == []


async def test_without_the_directory_nothing_happens(tmp_path: Path) -> None:
    door = Door(tmp_path)

    assert await Drop(tmp_path / "none", door.receiver).look() == 0
