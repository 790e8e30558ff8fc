"""The file of routes -> routing; what it means is judged by `ioc.alerts.routing_file`."""

from __future__ import annotations

from pathlib import Path

from ioc.alerts.routing import Routing
from ioc.alerts.routing_file import parse_routing
from ioc.places.table import communes
from ioc.settings.holidays import load_holidays
from ioc.settings.rules import rule_texts
from ioc.settings.shipped import shipped

NAME = "routing.yaml"


def load_routing(path: Path | None = None, holidays: Path | None = None) -> Routing:
    """Read the file of routes; None takes the shipped one.

    Raises ConfigMistakes for a file that cannot be read, RuleMistakes for what stands in it.
    """
    found = path or shipped(NAME)
    text = rule_texts(found.parent, [found])[found.name]
    return parse_routing(found.name, text, {one.code for one in communes()}, load_holidays(holidays).days)
