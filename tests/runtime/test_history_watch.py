"""One alert of our own while history is not written, its end when it is; a restart makes no second one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ioc.alerts.alert import Transition, decode, encode
from ioc.alerts.sentence import sentence
from ioc.runtime.history_watch import Watch
from ioc.streams.standstill import Place, Spot
from ioc.words import LANGS

SPOT = ("ioc.netsec", 3)


class Site:
    """A log, a desk that applies what is told when it is asked to, a clock."""

    def __init__(self) -> None:
        self.place = Place(100, 100)
        self.now = 1_795_000_000_000
        self.told: list[Transition] = []
        self.desk: Transition | None = None
        self.watch = self.begin()

    def begin(self) -> Watch:
        return Watch(self.look, lambda: self.desk, self.tell, lambda: self.now)

    async def look(self) -> Mapping[Spot, Place]:
        return {SPOT: self.place}

    async def tell(self, transition: Transition) -> None:
        self.told.append(decode(encode(transition)))

    def apply(self) -> None:
        """The desk reads the log."""
        newest = self.told[-1]
        self.desk = newest if newest.status == "firing" else None

    async def pass_(self, seconds: int, *, moves: bool) -> None:
        for _ in range(seconds // 15):
            self.now += 15_000
            end = self.place.end + 15
            self.place = Place(end if moves else self.place.committed, end)
            await self.watch.once()


@pytest.fixture
def site() -> Site:
    return Site()


async def test_an_outage_raises_one_alert_and_its_end_clears_it(site: Site) -> None:
    await site.pass_(300, moves=True)
    assert site.told == []
    await site.pass_(600, moves=False)
    (fired,) = site.told
    assert (fired.rule, fired.status, fired.domain, fired.revision) == ("history-late", "firing", "netsec", 1)
    site.apply()
    await site.pass_(600, moves=False)
    assert len(site.told) == 1

    await site.pass_(60, moves=True)
    _, ended = site.told
    assert (ended.alert_id, ended.status, ended.revision) == (fired.alert_id, "resolved", 2)
    assert ended.why.value == pytest.approx(1200, abs=31)
    site.apply()
    await site.pass_(600, moves=True)
    assert len(site.told) == 2


async def test_a_second_outage_is_a_second_alert(site: Site) -> None:
    for outage in (1, 2):
        await site.pass_(300, moves=False)
        site.apply()
        await site.pass_(300, moves=True)
        site.apply()
        await site.pass_(60, moves=True)
        assert len(site.told) == 2 * outage
    assert len({one.alert_id for one in site.told}) == 2


async def test_a_console_that_begins_anew_raises_no_second_alert_and_ends_the_first(site: Site) -> None:
    await site.pass_(300, moves=False)
    site.apply()
    site.watch = site.begin()
    await site.pass_(300, moves=False)
    assert len(site.told) == 1

    await site.pass_(30, moves=True)
    assert [one.status for one in site.told] == ["firing", "resolved"]


async def test_one_that_ended_before_the_desk_read_its_alert_says_the_same_again(site: Site) -> None:
    await site.pass_(300, moves=False)
    site.watch = site.begin()
    await site.pass_(300, moves=False)

    first, again = site.told
    assert (first.alert_id, first.revision) == (again.alert_id, again.revision)


async def test_the_desk_may_be_slow_to_read_the_end(site: Site) -> None:
    await site.pass_(300, moves=False)
    site.apply()
    await site.pass_(600, moves=True)
    assert [one.status for one in site.told] == ["firing", "resolved"]


async def test_it_says_since_when_in_both_languages(site: Site) -> None:
    await site.pass_(300, moves=False)
    await site.pass_(60, moves=True)
    fired, ended = site.told
    for lang in LANGS:
        assert fired.title[lang]
        assert all(step[lang] for step in fired.steps)
        assert sentence(fired, lang) != sentence(ended, lang)
