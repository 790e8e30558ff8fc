"""How walls look: colours that a colour-blind eye keeps apart, always with a word or a sign beside them.

The four severities are dark blue, pale blue, light orange and dark red: every pair stays at least 30 apart (CIE76) for
protan, deutan and tritan vision, where Grafana's own green, yellow, orange and red fall to 8. The orange is light, because
Grafana writes white on any darker one. Official scales keep
their own colours and their own names, and never stand beside a severity in one tile.

Sizes are for a 55-inch screen of 1920 x 1080 read from five metres: key figures 96 px, text 36 px at least.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from ioc.indices.air_quality import BANDS
from ioc.words import Lang, say

COLUMNS: Final = 24
ROWS: Final = 28
"""Grid rows of 38 px that a screen of 1080 px holds without scrolling, in kiosk mode."""
KEY_PX: Final = 96
WORST_PX: Final = 120
"""The place of the worst alert: the largest text of a wall, at its top left."""
TEXT_PX: Final = 36
LINES: Final = 12
"""Lines of lists on one wall at most."""

SEVERITY: Final = (
    ("minor", "dark-blue", "●"),
    ("moderate", "super-light-blue", "■"),
    ("severe", "light-orange", "▲"),
    ("extreme", "dark-red", "◆"),
)
"""CAP severity, colour, sign; place + 1 is its rank."""
UNKNOWN: Final = "#6b6b6b"
"""Grey is for what nobody knows, and for nothing else."""
HEAT: Final = "super-light-orange"
"""A hotspot is what a satellite saw; that it is an alert, the lists say."""
CALM: Final = "#2b3a46"
"""What is well is quiet: the eye goes to what is not."""
GOOD: Final = CALM
LATE: Final = "#8c6d1f"
LOST: Final = "#9c2f5f"
"""A feed or process that is late or lost is no alert of a severity, and borrows no colour of one."""


def missing(lang: Lang) -> str:
    """What stands where a value should: a loss of data, never zero."""
    return say("walls.no_data", lang)


OFFICIAL: Final = "dark-purple"
"""An official limit or alarm is reached: its own name stands there, its colour is none of the severities'."""
SIGNS: Final = (
    *((sign, colour) for _, colour, sign in SEVERITY),
    ("✔", GOOD),
    ("◔", LATE),
    ("✖", LOST),
    ("▣", OFFICIAL),
    ("·", CALM),
    ("—", UNKNOWN),
    ("…", UNKNOWN),
    (r"\?", UNKNOWN),
)
"""Sign that a told figure begins with (`ioc.histories.Listed`), its colour. A sign that stands nowhere here stays grey."""


def signs() -> list[models.ValueMapping]:
    """The colour of a told figure by its sign; its text stays as it was told."""
    return [
        models.RegexMap(
            options=models.DashboardRegexMapOptions(
                pattern=f"^{sign}.*", result=models.ValueMappingResult(color=colour, index=nth)
            )
        )
        for nth, (sign, colour) in enumerate(SIGNS)
    ]


def no_data(lang: Lang) -> models.ValueMapping:
    """A null is a loss of data and says so, never zero and never green."""
    result = models.ValueMappingResult(text=missing(lang), color=UNKNOWN, index=0)
    return models.SpecialValueMap(
        options=models.DashboardSpecialValueMapOptions(match=models.SpecialValueMatch.NULL_AND_NAN, result=result)
    )


def ranks(lang: Lang) -> models.ValueMapping:
    """Ranks 1 to 4 as sign, word and colour of a severity."""
    options = {
        str(rank): models.ValueMappingResult(text=f"{sign} {say(f'severity.{name}', lang)}", color=colour, index=rank)
        for rank, (name, colour, sign) in enumerate(SEVERITY, 1)
    }
    return models.ValueMap(options=options)


def hex_of(colour: tuple[int, int, int]) -> str:
    """A colour as Grafana writes it."""
    return "#" + "".join(f"{part:02x}" for part in colour)


def aqi() -> list[models.ValueMapping]:
    """Bands of VN_AQI in the decision's own colours; the number stays, the band's name stands beside it."""
    found: list[models.ValueMapping] = []
    low = 0
    for nth, band in enumerate(BANDS):
        result = models.ValueMappingResult(color=hex_of(band.colour), index=nth)
        options = models.DashboardRangeMapOptions(from_val=float(low), to=float(band.top), result=result)
        found.append(models.RangeMap(options=options))
        low = band.top + 1
    return found


def rank_signs() -> models.ValueMapping:
    """Ranks as signs alone, beside their marks on a map: words would lie one upon the other."""
    options = {
        str(rank): models.ValueMappingResult(text=sign, color=colour, index=rank)
        for rank, (_, colour, sign) in enumerate(SEVERITY, 1)
    }
    return models.ValueMap(options=options)


def ended(lang: Lang) -> models.ValueMapping:
    """Rank 0: nothing stands."""
    return models.ValueMap(options={"0": models.ValueMappingResult(text=say("walls.ended", lang), color=CALM, index=9)})


def counted() -> models.ValueMapping:
    """Counts are calm: what they mean stands beside them."""
    return models.RangeMap(
        options=models.DashboardRangeMapOptions(
            from_val=0.0, to=1e15, result=models.ValueMappingResult(color=CALM, index=0)
        )
    )


def renamed(panel: Any, column: str, names: Mapping[str, str]) -> Any:
    """A column of codes in people's words."""
    options = {
        code: models.ValueMappingResult(text=words, index=nth) for nth, (code, words) in enumerate(names.items())
    }
    value = [models.ValueMap(options=options)]
    return panel.override_by_name(column, [models.DynamicConfigValue(id_val="mappings", value=value)])


def series(panel: Any, name: str, words: str, colour: str) -> Any:
    """A series under people's name for it, in its own colour."""
    painted = {"mode": "fixed", "fixedColor": colour}
    return panel.override_by_name(
        name,
        [
            models.DynamicConfigValue(id_val="displayName", value=words),
            models.DynamicConfigValue(id_val="color", value=painted),
        ],
    )


def steps(*levels: tuple[float | None, str]) -> builders.ThresholdsConfig:
    """Thresholds; the first level is None and stands for everything below the second."""
    made = [models.Threshold(value=value, color=colour) for value, colour in levels]
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def by_rank() -> builders.ThresholdsConfig:
    """The colour of the severity of a rank."""
    return steps((None, UNKNOWN), *((float(rank), colour) for rank, (_, colour, _) in enumerate(SEVERITY, 1)))


def unknown(lang: Lang) -> models.ValueMapping:
    """Before the first change of the span nobody can tell from the span alone what stood; no data were lost."""
    result = models.ValueMappingResult(text=say("walls.feed.unknown", lang), color=UNKNOWN, index=0)
    return models.SpecialValueMap(
        options=models.DashboardSpecialValueMapOptions(match=models.SpecialValueMatch.NULL_AND_NAN, result=result)
    )


def fixed(colour: str) -> builders.FieldColor:
    """One colour, whatever the value."""
    return builders.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(colour)


def by_steps() -> builders.FieldColor:
    """The colour of the threshold that a value has reached."""
    return builders.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)
