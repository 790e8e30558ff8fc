import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.errors import Retryable
from ioc.gateway import tail as tail_module
from ioc.gateway.tail import GRACE, Tail
from tests.gateway.gateway_door import ROW, Door


def line(minute: int, **more: object) -> str:
    return json.dumps(ROW | {"time": f"2026-05-14T09:{minute:02}:00+07:00"} | more) + "\n"


class Eve:
    """A growing file of feed `rain`, followed."""

    def __init__(self, folder: Path) -> None:
        self.door = Door(folder / "data")
        self.path = folder / "eve.json"
        self.state = folder / "data" / "tail-rain.json"
        self.tail = self.fresh()

    def fresh(self) -> Tail:
        """The reader of a process that has just started."""
        return Tail(self.path, self.door.catalogue.feeds[0], self.door.receiver, self.state)

    def restart(self) -> None:
        self.tail.close()
        self.tail = self.fresh()

    def append(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(text)

    async def read(self) -> list[int]:
        """Minutes of the events published so far, after reading all there is."""
        while await self.tail.look():
            pass
        return [event.observed_at.minute for event in self.door.log.events]


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[Eve]:
    made = Eve(tmp_path)
    yield made
    made.tail.close()


async def test_lines_are_read_as_they_come(eve: Eve) -> None:
    assert await eve.read() == []
    eve.append(line(1) + line(2))
    assert await eve.read() == [1, 2]
    eve.append(line(3))
    assert await eve.read() == [1, 2, 3]


async def test_half_a_line_waits_for_its_rest(eve: Eve) -> None:
    whole = line(2)
    eve.append(line(1) + whole[:20])
    assert await eve.read() == [1]
    eve.append(whole[20:])
    assert await eve.read() == [1, 2]


async def test_a_restart_reads_on_without_a_hole_or_a_repeat(eve: Eve) -> None:
    eve.append(line(1) + line(2))
    await eve.read()
    eve.append(line(3))
    eve.restart()

    assert await eve.read() == [1, 2, 3]


async def test_while_kafka_is_down_reading_stands_still(eve: Eve) -> None:
    eve.append(line(1))
    eve.door.log.down = True
    with pytest.raises(Retryable):
        await eve.read()
    eve.restart()
    eve.door.log.down = False

    assert await eve.read() == [1]


async def test_a_renamed_file_is_read_to_its_end_before_the_new_one(eve: Eve) -> None:
    eve.append(line(1))
    await eve.read()
    eve.append(line(2))
    eve.path.rename(eve.path.with_name("eve.json.1"))
    eve.append(line(4))
    assert await eve.read() == [1, 2]
    with eve.path.with_name("eve.json.1").open("a", encoding="utf-8") as writer:
        writer.write(line(3).rstrip("\n"))
    eve.door.clock.pass_(GRACE - 1)
    assert await eve.read() == [1, 2]
    eve.door.clock.pass_(1)

    assert await eve.read() == [1, 2, 3, 4]


async def test_a_file_renamed_while_we_were_away_is_found_again(eve: Eve) -> None:
    eve.append(line(1))
    await eve.read()
    eve.append(line(2))
    eve.tail.close()
    eve.path.rename(eve.path.with_name("eve.json.1"))
    eve.append(line(3))
    eve.restart()
    await eve.read()
    eve.door.clock.pass_(GRACE)

    assert await eve.read() == [1, 2, 3]


async def test_a_file_cut_to_nothing_is_read_from_its_start(eve: Eve) -> None:
    eve.append(line(1) + line(2))
    await eve.read()
    eve.path.write_text(line(3), encoding="utf-8")

    assert await eve.read() == [1, 2, 3]


async def test_another_file_under_the_same_number_is_read_from_its_start(eve: Eve) -> None:
    eve.append(line(1))
    await eve.read()
    eve.tail.close()
    with eve.path.open("r+", encoding="utf-8") as stream:
        stream.truncate(0)
        stream.write(line(2) + line(3))
    eve.restart()

    assert await eve.read() == [1, 2, 3]


async def test_the_columns_of_a_csv_go_before_each_part(eve: Eve) -> None:
    eve.append("station,time,rain_mm\n")
    assert await eve.read() == []
    eve.append("one,2026-05-14T09:01:00+07:00,1\n")
    assert await eve.read() == [1]
    eve.restart()
    eve.append("one,2026-05-14T09:02:00+07:00,1\none,2026-05-14T09:03:00+07:00,1\n")
    assert await eve.read() == [1, 2, 3]


async def test_a_line_without_end_is_refused_and_reading_goes_on(eve: Eve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "PART", 1000)
    monkeypatch.setattr(tail_module, "LINE", 4000)
    eve.append("x" * 5000)
    await eve.read()
    eve.append("\n" + line(1))

    assert await eve.read() == [1]
    assert eve.door.receiver.heard("rain").records["rejected"] >= 1


async def test_many_parts_are_all_read(eve: Eve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "PART", 500)
    eve.append("".join(line(minute) for minute in range(50)))

    assert await eve.read() == list(range(50))


async def test_a_damaged_mark_reads_from_the_start(eve: Eve) -> None:
    eve.append(line(1))
    await eve.read()
    eve.state.write_text("{", encoding="utf-8")
    eve.restart()
    eve.append(line(2))

    assert await eve.read() == [1, 2]
