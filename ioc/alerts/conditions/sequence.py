"""sequence: A and then B within a span; or A, and no B within the span.

A then B: each B with an A at most `within` before it speaks, at its own time, whichever of the two arrives first.

A and no B: each A speaks at `A.at + within`, once no B that could answer it will be accepted any more, that is when the
source's time has passed that moment by more than the lateness of its feed. The whole ladder of such a rule lives that
much behind the source's time, so that what it says is exact, whatever the order of arrival within the lateness.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ioc.alerts import picture, severity
from ioc.alerts.halves import Half, Halves
from ioc.alerts.judge import Judge, Scene
from ioc.alerts.kinds import Sequence
from ioc.alerts.opener import Opener
from ioc.alerts.reading import NEUTRAL, REMEMBERED, reading_of
from ioc.alerts.rule import Rule
from ioc.alerts.severity import Step
from ioc.alerts.state import Clue, Memory
from ioc.alerts.where import Test, compile_where
from ioc.events.codec import Observed

if TYPE_CHECKING:
    from ioc.alerts.plan import Plan


class Sequences(Judge):
    """Both halves of one rule; `whens` tell the severity by the half that speaks."""

    __slots__ = ("first", "missing", "then", "whens", "within")

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        condition = rule.condition
        if not isinstance(condition, Sequence):
            raise TypeError(rule.kind)
        self.first = _side(condition.first, rule)
        self.then = _side(condition.then, rule)
        self.within = condition.within * 1000
        self.missing = condition.missing
        self.whens = [(reading_of(rank), compile_where(level.when, rule.domain)) for rank, level in rule.levels][::-1]
        self.read = self._is_half

    def _is_half(self, event: Observed) -> int:
        return REMEMBERED if self.first(event) or self.then(event) else NEUTRAL

    def _severity(self, event: Observed) -> int:
        for reading, when in self.whens:
            if when is None or when(event):
                return reading
        return 0

    def observe(self, memory: Memory, plan: Plan, scene: Scene, reading: int) -> bool:  # noqa: ARG002 - see Judge
        """The event is put to its side, or meets what waits on the other."""
        halves = memory.keep
        if not isinstance(halves, Halves):
            halves = memory.keep = Halves()
        event = scene.event
        first, then = self.first(event), self.then(event)
        half = Half(scene.at, event.id, event.value, self._severity(event))
        halves.delay = max(halves.delay, scene.lateness)
        if halves.place is None or scene.at >= halves.place.at:
            halves.place = picture.opener(event, scene.at)
        for side, meant in enumerate((first, then)):
            if meant:
                halves.said[side] = event.title[: picture.TITLE] if event.title else event.quantity
        memory.at = max(memory.at, scene.at)
        if self.missing:
            halves.answer(half, first=first, then=then, within=self.within)
        else:
            for pair in halves.pair(half, first=first, then=then, within=self.within):
                _speak(memory, plan, halves, pair.then.at, pair.then, pair.first)
        return True

    def timer(self, memory: Memory, plan: Plan) -> int:
        """The ladder's, that of the next half that stays alone, or that of nothing being left."""
        halves = memory.keep if isinstance(memory.keep, Halves) else Halves()
        ladder = severity.timer(memory, plan)
        found = [halves.empty_at(self.within)]
        if self.missing:
            found.append(halves.next_alone(self.within))
            ladder = ladder and ladder + halves.delay
        return min((at for at in (*found, ladder) if at), default=0)

    def advance(self, memory: Memory, plan: Plan, now: int) -> Iterator[Step]:
        """Halves that stay alone and the moves of the ladder, in order of their own time."""
        halves = memory.keep if isinstance(memory.keep, Halves) else Halves()
        behind = now - halves.delay if self.missing else now
        while True:
            ladder = severity.timer(memory, plan)
            alone = halves.first[0].at + self.within if self.missing and halves.first else 0
            if alone and (not ladder or alone < ladder):
                half = halves.unanswered(now, self.within)
                if half is None:
                    break
                _speak(memory, plan, halves, alone, half)
                continue
            if not ladder or ladder > behind:
                break
            before = memory.level
            severity.move(memory, plan, ladder)
            if memory.level != before:
                yield ladder, before
        halves.expire(now, self.within)
        memory.timer = self.timer(memory, plan)

    def empty(self, memory: Memory) -> bool:
        """Nothing waits for its other half."""
        return not memory.keep

    def facts(self, memory: Memory, plan: Plan, *, rose: bool) -> dict[str, Any]:  # noqa: ARG002 - see Judge
        """Both halves by name, and the span between them."""
        first, then = memory.keep.said if isinstance(memory.keep, Halves) else ("", "")
        named = {"first": first} if self.missing else {"first": first, "then": then}
        return {"value": None, "limit": None, "window_s": self.within // 1000, "values": named}


def _side(where: dict[str, Any], rule: Rule) -> Test:
    test = compile_where(where, rule.domain)
    if test is None:
        raise ValueError("a half that asks for nothing")
    return test


def _speak(  # noqa: PLR0917 - one moment
    memory: Memory, plan: Plan, halves: Halves, at: int, half: Half, earlier: Half | None = None
) -> None:
    """`half` speaks at `at`, with the one that came before it as evidence."""
    if not half.reading:
        return
    severity.observe(memory, plan, at, half.reading)
    if memory.opener is None:
        memory.clues, memory.worst, memory.media = [], None, []
        place = halves.place or Opener("", at)
        memory.opener = Opener(half.id, half.at, *_rest(place))
    for one in (earlier, half):
        if one is not None and len(memory.clues) < picture.FIRST and all(clue.id != one.id for clue in memory.clues):
            memory.clues.append(Clue(one.id, one.at, one.value))
    memory.last_seen = max(memory.last_seen, half.at)
    memory.value = half.value
    if memory.worst is None or half.at >= memory.worst.at:
        memory.worst = Clue(half.id, half.at, half.value)


def _rest(place: Opener) -> tuple[Any, ...]:
    return place.quantity, place.unit, place.lat, place.lon, place.commune
