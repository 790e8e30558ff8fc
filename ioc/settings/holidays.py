"""`holidays.yaml` -> Holidays, or every mistake with its file and line."""

from __future__ import annotations

from pathlib import Path

from ioc.alerts.holidays import Holidays
from ioc.settings.catalogue import read_model
from ioc.settings.mistake import ConfigMistakes, Mistake
from ioc.settings.shipped import shipped


def load_holidays(path: Path | None = None) -> Holidays:
    """Read the file of public holidays; None takes the shipped one. Raises ConfigMistakes."""
    wrong: list[Mistake] = []
    found = read_model(path or shipped("holidays.yaml"), Holidays, wrong)
    if found is None:
        raise ConfigMistakes(wrong)
    return found[1]
