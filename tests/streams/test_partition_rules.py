"""A partition that goes over to other rules at a tick: what is open ends there, all else when it is next touched."""

from __future__ import annotations

import pytest

from ioc.alerts import alert
from ioc.alerts.edition import edition, read
from ioc.alerts.parse import parse
from ioc.catalogue import Catalogue
from ioc.streams import changelog
from ioc.streams.changelog import Fold
from ioc.streams.editions import rulebook
from ioc.streams.headers import TICK, Header, clock_header, order_header
from ioc.streams.in_force import InForce, Since
from ioc.streams.outcome import Outcome
from ioc.streams.partition import Partition
from ioc.streams.rulebook import EngineRules
from tests.streams.small_editions import rules, tree, watching, without
from tests.streams.small_rules import RULES, catalogue
from tests.streams.test_worlds import HERE, Log


def book(text: str = RULES, known: Catalogue | None = None) -> EngineRules:
    content = read(edition(parse({"small.yaml": text}).written, {"trial": tree(known or catalogue())}))
    made = rulebook(content, "environment")
    assert isinstance(made, EngineRules)
    return made


class Scene:
    """One partition under the small rules, and others that ticks can order by their letter."""

    def __init__(self, **books: EngineRules) -> None:
        self.log = Log()
        self.partition = Partition("environment", book(), HERE, 0, 1)
        self.partition.in_force = InForce(Since(-1, 1, "a"))
        self.partition.restore(Fold(HERE, 0), 0)
        self.partition.books = dict(books)
        self.judged = 0

    def order(self, number: int, name: str, *more: Header) -> Scene:
        self.log.now += 1000
        self.log._add(None, [(TICK, b""), order_header(number, name), *more])
        return self

    def told(self) -> list[str]:
        outcome = self.judge()
        found = [alert.decode(raw) for _, raw in outcome.transitions]
        return [f"{one.rule} {one.source} {one.change} @{one.input.offset if one.input else '-'}" for one in found]

    def judge(self) -> Outcome:
        outcome = self.partition.judge(self.log.rows[self.judged :])
        self.judged += outcome.stop
        return outcome


def test_what_is_open_under_a_removed_rule_ends_at_the_tick_that_orders_it_gone() -> None:
    scene = Scene(b=book(without("high")))
    scene.log.live("a", 60)
    scene.log.live("b", 60)
    scene.judge()

    assert scene.order(2, "b").told() == ["high a rule_removed @2", "high b rule_removed @2"]


def test_the_event_before_the_tick_is_judged_by_the_old_and_the_one_after_by_the_new() -> None:
    scene = Scene(b=book(rules(("moderate: {level: 50, clear: 40}", "moderate: {level: 70, clear: 60}"))))
    scene.log.live("a", 55)
    scene.order(2, "b")
    scene.log.live("b", 55)
    scene.log.live("b", 75)
    assert scene.told() == ["high a fired @0", "high b fired @3"]


def test_a_state_that_is_only_bytes_yet_ends_as_well() -> None:
    scene = Scene()
    scene.log.live("a", 60)
    outcome = scene.judge()
    fold = Fold(HERE, 0)
    for key, value in scene.partition.records(outcome.dirty, 1):
        fold.add(key, value, scene.log.now)

    later = Scene(b=book(without("high")))
    later.partition.restore(fold, 1)
    later.log, later.judged = scene.log, 1
    assert later.order(2, "b").told() == ["high a rule_removed @1"]
    (dirty,) = [cell for cell in later.partition.cells.values() if cell.key == "a"]
    record = changelog.decode(later.partition.records([dirty], 1)[0][1])
    assert (record.offset, record.open) == (1, [])


def test_an_order_is_followed_once_and_an_older_one_never() -> None:
    scene = Scene(b=book(without("high")), c=book())
    outcomes = [scene.order(5, "b").judge(), scene.order(5, "b").judge(), scene.order(4, "c").judge()]
    assert [one.switches for one in outcomes] == [1, 0, 0]
    assert scene.partition.in_force.now == Since(0, 5, "b")


def test_an_edition_that_nobody_has_any_more_is_passed_over() -> None:
    scene = Scene(c=book(without("high")))
    scene.log.live("a", 60)
    assert scene.order(2, "gone").told() == ["high a fired @0"]
    assert scene.partition.in_force.now.name == "a"
    assert scene.order(3, "c").told() == ["high a rule_removed @2"]


def test_a_source_that_the_new_catalogue_expects_is_missed_though_it_fell_silent_long_ago() -> None:
    scene = Scene(b=book(known=watching("a")))
    scene.log.live("a", 10)
    scene.judge()
    for _ in range(30):
        scene.log.tick()
    assert scene.told() == ["silent never fired @21", "silent w0 fired @21", "silent w1 fired @21"]
    assert scene.order(2, "b").told() == [
        "silent a fired @31",
        "silent never source_retired @31",
        "silent w0 source_retired @31",
        "silent w1 source_retired @31",
    ]


def test_a_replay_goes_over_by_its_own_clock() -> None:
    scene = Scene(b=book(without("high")))
    scene.log.replayed("may", 0, "a", 60, nth=0)
    assert [one.split(" @")[0] for one in scene.told()] == ["high a fired"]
    assert scene.order(2, "b").told() == []
    scene.log.replayed("may", 1000)
    assert scene.told() == ["high a rule_removed @2"]


def test_a_tick_of_a_replay_orders_nothing() -> None:
    scene = Scene(b=book(without("high")))
    scene.log.live("a", 60)
    assert scene.order(2, "b", clock_header("may", 5)).told() == ["high a fired @0"]


@pytest.mark.parametrize("raw", [b"2", b"2:", b":b", b"2:\xff"])
def test_an_order_that_nobody_can_read_is_a_tick_and_nothing_else(raw: bytes) -> None:
    scene = Scene(b=book(without("high")))
    scene.log._add(None, [(TICK, b""), ("ioc-rules", raw)])
    outcome = scene.judge()
    assert (outcome.ticks, outcome.switches, outcome.rejected) == (1, 0, [])


def kept(scene: Scene) -> Fold:
    """What the changelog says after all that was judged, each record written as it was made."""
    fold = Fold(HERE, 0)
    for cell in scene.partition.cells.values():
        cell.dirty = False
    for key, value in scene.partition.records(list(scene.partition.cells.values()), 1):
        fold.add(key, value, scene.log.now)
    return fold


HIGHER = rules(("moderate: {level: 50, clear: 40}", "moderate: {level: 50, clear: 30}"))
SHORTER = rules(("window: 60s", "window: 30s"))


def test_a_state_that_a_switch_leaves_as_it_is_is_not_written_for_it() -> None:
    scene = Scene(b=book(HIGHER))
    scene.log.live("a", 60)
    scene.judge()
    kept(scene)

    outcome = scene.order(2, "b").judge()

    assert (outcome.switches, [cell.key for cell in outcome.dirty if cell.key == "a"]) == (1, [])
    scene.log.live("a", 35)
    assert scene.told() == []
    scene.log.live("a", 25)
    assert scene.told() == ["high a cleared @3"]


def test_what_a_set_in_between_takes_away_without_a_word_is_written() -> None:
    """Two of three readings are counted; the rule is reshaped, and brought back: nothing is counted any more."""
    scene = Scene(b=book(SHORTER), c=book(HIGHER))
    scene.log.live("a", 10, quantity="pm10")
    scene.log.live("a", 10, quantity="pm10")
    scene.judge()
    kept(scene)

    outcome = scene.order(2, "b").judge()

    assert [cell.key for cell in outcome.dirty if cell.key == "a"] == ["a"]
    fold = kept(scene)
    later = Scene(c=book(HIGHER))
    later.partition.restore(fold, 3)
    later.log, later.judged = scene.log, 3
    later.order(3, "c")
    scene.log.live("a", 10, quantity="pm10")
    assert later.told() == []


STUCK = RULES.replace(
    "    condition: {kind: count, window: 60s}\n    severities: {minor: {level: 3, clear: 1}}",
    "    condition: {kind: flatline, for: 1h, within: 0.5, min_events: 3}\n    severities: {minor: {level: 1}}",
)


def test_the_newest_reading_that_a_set_in_between_takes_away_is_written_too() -> None:
    """A flatline rule keeps only that of a calm group; a loader that still had it would count a run from there."""
    scene = Scene(s=book(STUCK), b=book(without("often")))
    scene.order(2, "s")
    scene.log.live("a", 60)
    scene.log.live("a", 10, quantity="pm10")
    scene.judge()
    assert scene.partition.cells["a"].state.newest
    kept(scene)

    outcome = scene.order(3, "b").judge()

    assert not scene.partition.cells["a"].state.newest
    assert [cell.key for cell in outcome.dirty if cell.key == "a"] == ["a"]


def test_a_loader_brings_an_older_record_over_to_what_a_worker_without_a_break_holds() -> None:
    scene = Scene(b=book(HIGHER), c=book(rules(("clear: 80}}\n    hold: 0s", "clear: 80}}\n    hold: 10s"))))
    scene.log.live("a", 60)
    scene.judge()
    fold = kept(scene)
    scene.order(2, "b").order(3, "c").judge()
    later = Scene(c=book(rules(("clear: 80}}\n    hold: 0s", "clear: 80}}\n    hold: 10s"))))
    later.partition._rules = scene.partition._rules
    later.partition.in_force = InForce(Since(2, 3, "c"))
    later.partition.restore(fold, 3)
    scene.log.tick()

    rows = scene.log.rows[3:]
    assert scene.partition.judge(rows).transitions == later.partition.judge(rows).transitions
    rules_ = scene.partition._rules
    found = [rules_.to_bytes(one.partition.cells["a"].state) for one in (scene, later)]
    assert found[0] == found[1]
