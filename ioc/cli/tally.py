"""How many records had which fate, and why, as the command line tells it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from ioc import words
from ioc.adapters.sentences import ignored_text, reason_text
from ioc.alerts.arrival import Arrivals, epoch_ms
from ioc.catalogue import Feed
from ioc.events import FATES, Fate, Rejected
from ioc.intake import Judged
from ioc.words import Lang


class Tally:
    """Counts records by fate, and why; judges late as the engine does, by each source's own watermark.

    `in_order` where the events are put in order of their time before they are judged: then none is late.
    """

    EXAMPLES = 2000

    def __init__(self, feed: Feed, *, in_order: bool = False) -> None:
        self.arrivals = None if in_order else Arrivals(feed.lateness, feed.ahead)
        self.fates: Counter[Fate] = Counter()
        self.ignored: Counter[str] = Counter()
        self.flags: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self.examples: dict[tuple[str, str, str], Rejected] = {}
        self.events = 0
        self.partial = 0

    def count(self, judged: Judged) -> Fate:
        """The record's final fate, counted."""
        fate = judged.fate
        if judged.events and self.arrivals is not None:
            arrived = [
                self.arrivals.judge(event.source, epoch_ms(event.observed_at), epoch_ms(event.received_at))
                for event in judged.events
            ]
            if fate == "accepted" and all(one == "late" for one in arrived):
                fate = "late"
        if judged.events:
            self.events += len(judged.events)
            self.partial += bool(judged.rejected)
            self.flags.update(flag for event in judged.events for flag in event.flags)
        if judged.ignored:
            self.ignored[judged.ignored] += 1
        for refused in judged.rejected:
            key = (refused.code, refused.field, refused.values.get("variant", ""))
            if key in self.examples or len(self.examples) < self.EXAMPLES:
                self.examples.setdefault(key, refused)
                self.reasons[key] += 1
        self.fates[fate] += 1
        return fate

    def tell(self, lang: Lang) -> None:
        """The summary, on standard error."""

        def say(key: str, **values: Any) -> None:
            print(words.say(f"convert.{key}", lang, **values), file=sys.stderr)

        say("records", records=self.fates.total())
        for fate in FATES:
            say("fate", fate=words.say(f"fate.{fate}", lang), count=self.fates[fate])
        say("events", events=self.events, partial=self.partial)
        if self.reasons:
            say("reasons")
            for key, count in self.reasons.most_common(10):
                example = self.examples[key]
                say("reason", count=count, sentence=reason_text(example, lang), record=example.record)
        if self.ignored:
            say("ignored")
            for code, count in self.ignored.most_common():
                say("ignored_line", count=count, sentence=ignored_text(code, lang))
        if self.flags:
            say("flags")
            for flag, count in self.flags.most_common():
                say("flag", count=count, flag=flag, sentence=words.say(f"flag.{flag}", lang))
