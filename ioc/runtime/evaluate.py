"""Role evaluate: the rules of all domains in one process; more processes share the partitions.

Which rules judge is ordered in the log (`ioc rules apply`). The directories of this process count only where nothing
was ever ordered; where they differ from what is in force, its log says so.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta, timezone

from ioc.alerts.edition import Edition
from ioc.runtime import stream
from ioc.runtime.role import Role
from ioc.settings.edition import EditionMistakes, load_edition
from ioc.streams import run
from ioc.streams.apply import Ordered
from ioc.streams.orders import Order, Refused
from ioc.words import say

LOCAL = timezone(timedelta(hours=7))
log = logging.getLogger(__name__)


def main(role: Role) -> int:
    """Run until SIGTERM."""
    teller = Teller(role)
    at = int(role.clock.now().timestamp() * 1000)
    ordered = Ordered(initial=teller.initial, at=at, by="ioc", told=teller.told)
    return run.evaluate(stream.config(role, role.settings.metrics.evaluate, feeds=False), ordered)


class Teller:
    """Says in the log of this process what becomes of rule sets."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._began = int(role.clock.now().timestamp() * 1000)
        self._made = ""
        self._compared = False

    def initial(self) -> Edition:
        """The first edition of a new system; raises EditionMistakes."""
        edition, _ = self._load()
        self._made = edition.name
        return edition

    def _load(self) -> tuple[Edition, object]:
        paths = self._role.settings.paths
        demo = self._role.settings.demo
        return load_edition(paths.rules, paths.feeds, paths.heat, demo=demo, holidays=paths.holidays)

    def told(self, what: Order | Refused) -> None:
        """Hear an order that is ready here, or a refusal."""
        lang = self._role.settings.language
        at = datetime.fromtimestamp(what.at / 1000, UTC).astimezone(LOCAL).strftime("%d/%m %H:%M:%S")
        if isinstance(what, Order):
            log.info("%s", say("reload.ready", lang, name=what.name, rules=what.rules, by=what.by, at=at))
            if not self._compared and what.name != self._made:
                # Ten thousand rules take a minute to read: nobody waits for this.
                threading.Thread(target=self._compare, args=(what.name,), daemon=True, name="compare-rules").start()
            self._compared = True
        elif what.at >= self._began:
            first = next(iter(what.said.get(lang, ())), "-")
            values = {"at": at, "count": what.mistakes, "by": what.by, "first": first}
            log.warning("%s", say("reload.was_refused_first", lang, **values))

    def _compare(self, name: str) -> None:
        lang = self._role.settings.language
        try:
            edition, _ = self._load()
        except EditionMistakes as error:
            log.warning("%s", say("reload.folder_broken", lang, name=name, first=error.sentences(lang)[0]))
        else:
            if edition.name != name:
                log.warning("%s", say("reload.folder_differs", lang, name=name))
