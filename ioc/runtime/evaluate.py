"""Role evaluate: the rules of all domains in one process; more processes share the partitions."""

from __future__ import annotations

from ioc.alerts.engine import Engine
from ioc.events import DOMAINS, Domain
from ioc.runtime import stream
from ioc.runtime.role import Role
from ioc.settings import load_rules
from ioc.streams import run
from ioc.streams.rulebook import EngineRules, Rulebook


def main(role: Role) -> int:
    """Run until SIGTERM."""
    rules = load_rules(role.settings.paths.rules, role.settings.paths.holidays)
    catalogue = role.catalogue()
    books: dict[Domain, Rulebook] = {domain: EngineRules(Engine(rules, catalogue, domain)) for domain in DOMAINS}
    return run.evaluate(stream.config(role, role.settings.metrics.evaluate), books)
