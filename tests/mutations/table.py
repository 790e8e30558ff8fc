"""Mistakes that somebody could make in the engine: a line of it, and what stands there instead."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """`old` stands exactly once in `file`; `kinds` are the rules whose random histories must turn red."""

    name: str
    file: str
    old: str
    new: str
    kinds: tuple[str, ...]
    quick: bool = False
    """Tried in every run of the tests; the others by `scripts/long mutations`."""


ENGINE = "ioc/alerts/engine.py"
PLAN = "ioc/alerts/plan.py"
LADDER = "ioc/alerts/severity.py"
ARRIVAL = "ioc/alerts/arrival.py"
ABSENCE = "ioc/alerts/conditions/absence.py"
FLATLINE = "ioc/alerts/stuck_run.py"
HALVES = "ioc/alerts/halves.py"
TWO = "ioc/alerts/two_windows.py"

# fmt: off
MUTATIONS: tuple[Mutation, ...] = (
    # Time and arrival
    Mutation("wall clock for event time", ENGINE, "at = epoch_ms(event.observed_at)\n        received", "at = clock\n        received", ("threshold",), quick=True),
    Mutation("no duplicate check", "ioc/streams/seen.py", "if one in current or one in self._older:", "if one == -1:", ("count",), quick=True),
    Mutation("a lost tick", ENGINE, "now = source_time(state.watermark, state.marked, clock)", "now = state.watermark", ("threshold",), quick=True),
    Mutation("idle a moment too late", ARRIVAL, "if silent >= IDLE_MS", "if silent > IDLE_MS", ("threshold", "match")),
    Mutation("late on the edge of lateness", ARRIVAL, "if observed < watermark - lateness", "if observed <= watermark - lateness", ("match",)),
    Mutation("nothing is late", ARRIVAL, 'return "late"', 'return "accepted"', ("match",)),
    Mutation("nothing is of the future", ARRIVAL, "if observed > received + ahead:", "if observed > received + 9 * ahead + 10**9:", ("match",)),
    Mutation("a watermark that follows every event", ENGINE, "            if at > state.watermark:", "            if at != state.watermark:", ("threshold", "count")),
    Mutation("a late reading is believed", ENGINE, "past = met.keeps and _is_past(state, event, at)", "past = False", ("threshold",)),
    Mutation("readings of a device in fault are judged", ENGINE, 'if event.quality in ("valid", "suspect"):', "if event.quality:", ("threshold",)),
    # The ladder of severities
    Mutation("a forgotten clear condition", LADDER, "            elif not below[rank]:", "            elif not below[rank] and rank > 9:", ("threshold",), quick=True),
    Mutation("a hold that does not wait", PLAN, "self.hold = rule.hold * 1000", "self.hold = rule.hold * 0", ("threshold",)),
    Mutation("a settle that does not wait", PLAN, "self.settle = rule.settle * 1000", "self.settle = rule.settle * 500", ("threshold",)),
    Mutation("a momentary alert ends after its first event", LADDER, "if rank <= stay and at > below[rank]:", "if rank <= stay and not below[rank]:", ("match",)),
    Mutation("a late contrary reading breaks no hold", LADDER, "0 < memory.since[rank] <= at:", "0 < memory.since[rank] < 0:", ("threshold", "match")),
    Mutation("clear levels forgotten", "ioc/alerts/reading.py", "keeps = fires if level.clear is None else level.clear", "keeps = fires", ("threshold",)),
    Mutation("flapping is never seen", "ioc/alerts/flap.py", ">= opens", "> opens", ("threshold", "match")),
    Mutation("active hours end a minute later", "ioc/alerts/active.py", "MINUTE_MS: Final = 60_000", "MINUTE_MS: Final = 61_000", ("threshold", "match")),
    # Windows
    Mutation("a pane leaves a moment too late", "ioc/alerts/window.py", "(self.first + PANES) * width", "(self.first + PANES) * width + 1", ("count",), quick=True),
    Mutation("a total keeps what has left", "ioc/alerts/panes.py", "self.total -= sum(self.sums[:gone])", "self.total -= 0", ("aggregate",)),
    Mutation("extremes keep what has left", "ioc/alerts/panes.py", "self.greatest = max(value", "self.greatest = self.greatest or max(value", ("aggregate", "change")),
    Mutation("of two readings of one time the first is the newest", "ioc/alerts/panes.py", "if (at, event_id) > (self.at, self.id):", "if at > self.at:", ("aggregate", "change")),
    Mutation("distinct values forget what was seen again", "ioc/alerts/distinct.py", "self.seen[place] = max(age, self.seen[place])", "pass", ("cardinality",), quick=True),
    Mutation("a spike's present reaches a pane too far", TWO, "newest - PANES + 1, newest + 1", "newest - PANES, newest + 1", ("spike",), quick=True),
    Mutation("a spike without its least divisor", TWO, "return present / max(usual, terms.floor)", "return present / max(usual, 0.01)", ("spike",)),
    Mutation("a spike on too little", TWO, "if held.number < terms.min_events or", "if held.number < 1 or", ("spike",)),
    Mutation("yesterday weighs an eighth", "ioc/alerts/daily.py", "WEEK: Final = 7", "WEEK: Final = 8", ("spike",)),
    # Kinds with a memory of their own
    Mutation("a run goes on outside its tolerance", FLATLINE, "<= round(within * GRID)", "<= round(within * GRID) + GRID", ("flatline",)),
    Mutation("a run too short counts", FLATLINE, "if self.count >= at_least", "if self.count >= at_least - 1", ("flatline",), quick=True),
    Mutation("a value is forgotten a pane too soon", "ioc/alerts/known_values.py", "return seen <= pane - PANES", "return seen <= pane - PANES + 1", ("new_value",), quick=True),
    Mutation("a B at the last moment comes too late", HALVES, "half.at - within <= one.at <= half.at", "half.at - within < one.at <= half.at", ("sequence",)),
    Mutation("an event is its own other half", HALVES, "<= half.at + within and one.id != half.id]", "<= half.at + within]", ("sequence",)),
    Mutation("an A is given up while a B may still come", HALVES, "first[0].at + within + self.delay < now", "first[0].at + within < now", ("missing",)),
    Mutation("an answer takes no A away", HALVES, "if not one.at <= half.at <= one.at + within]", "if one.at]", ("missing",), quick=True),
    Mutation("a silence ends by a drill", ENGINE, 'if fate == "accepted" and not event.drill:', 'if fate == "accepted":', ("absence",)),
    Mutation("a silence a tick too late", ABSENCE, "<= clock:", "< clock:", ("absence",)),
    Mutation("a silence that an event does not begin anew", ENGINE, "            state.heard = clock", "            state.heard = state.heard or clock", ("absence",), quick=True),
    Mutation("due by the clock of Greenwich", "ioc/alerts/conditions/schedule.py", "_ZONE: Final = 7 * 3_600_000", "_ZONE: Final = 0", ("schedule",)),
    Mutation("a due time just met is due again", "ioc/alerts/conditions/schedule.py", "bisect_right(times, in_day // 1000)", "bisect_right(times, in_day // 1000 - 1)", ("schedule",)),
)
# fmt: on
