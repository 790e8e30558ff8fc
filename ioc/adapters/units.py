"""Sender's unit spellings -> canonical units of `ioc.events.quantities`.

Factors: NIST SP 811 (2008), appendix B. Gases between volume and mass: molar volume 24.45 L/mol at 25 °C and 101.325 kPa,
the reference state of QCVN 05:2023/BTNMT (so `Nm3` there is this m3), with molar masses from the IUPAC standard atomic
weights (2021). A water quantity in ppm is read as mg/L (density 1 kg/L).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ioc.adapters.refusal import Refusal
from ioc.events.quantities import ENVIRONMENT, EnvironmentQuantity, Unit

MOLAR_VOLUME = 24.45
"""Litres of one mole of a gas at 25 °C and 101.325 kPa."""
MOLAR_MASS: dict[str, float] = {
    "o3": 47.997,
    "no": 30.006,
    "no2": 46.005,
    "so2": 64.06,
    "co": 28.010,
    "nh3": 17.031,
    "h2s": 34.08,
    "co2": 44.009,
    "hg_air": 200.592,
}
"""Grams per mole."""


class Scale(NamedTuple):
    """One spelling: value in `base` = value * factor + offset."""

    base: str
    factor: float
    offset: float = 0.0


_SPELLINGS: dict[Scale, str] = {
    Scale("ug/m3", 1): "ug/m3 ug/nm3 mcg/m3 microg/m3 ugm-3 ug/cbm gq",
    Scale("ug/m3", 1e3): "mg/m3 mg/nm3 mgm-3 gp",
    Scale("ug/m3", 1e-3): "ng/m3 ng/nm3",
    Scale("ug/m3", 1e6): "g/m3 g/nm3",
    Scale("ppb", 1): "ppb ppbv nl/l nmol/mol",
    Scale("ppb", 1e3): "ppm ppmv ul/l umol/mol",
    Scale("Cel", 1): "cel c °c degc celsius độc oc degreecelsius degreescelsius",
    Scale("Cel", 5 / 9, -160 / 9): "f °f degf fahrenheit [degf]",
    Scale("Cel", 1, -273.15): "k °k kelvin",
    Scale("%", 1): "% percent pct %rh rh% %vol %v/v phầntrăm",
    Scale("hPa", 1): "hpa mbar mb millibar",
    Scale("hPa", 10): "kpa",
    Scale("hPa", 0.01): "pa",
    Scale("hPa", 1000): "bar",
    Scale("hPa", 1013.25): "atm",
    Scale("hPa", 1.33322): "mmhg torr",
    Scale("hPa", 33.8639): "inhg",
    Scale("m/s", 1): "m/s mps m.s-1 ms-1",
    Scale("m/s", 1 / 3.6): "km/h kmh kph km/giờ",
    Scale("m/s", 0.44704): "mph mi/h",
    Scale("m/s", 1852 / 3600): "kn kt knot knots",
    Scale("deg", 1): "deg ° degree degrees độ",
    Scale("m", 1): "m meter metre mét",
    Scale("m", 0.01): "cm",
    Scale("m", 0.001): "mm l/m2",
    Scale("m", 0.0254): "in inch inches",
    Scale("m3/s", 1): "m3/s cms m3/giây",
    Scale("m3/s", 1 / 60): "m3/min m3/phút",
    Scale("m3/s", 1 / 3600): "m3/h m3/hr m3/giờ nm3/h",
    Scale("m3/s", 1 / 86400): "m3/d m3/day m3/ngày m3/ngđ m3/ngàyđêm",
    Scale("m3/s", 1e-3): "l/s",
    Scale("m3/s", 1e-3 / 60): "l/min l/phút",
    Scale("1", 1): "1 - none unitless ph index aqi uvi dimensionless",
    Scale("mg/L", 1): "mg/l g/m3w",
    Scale("mg/L", 1e-3): "ug/l",
    Scale("mg/L", 1e3): "g/l",
    Scale("Pt-Co", 1): "pt-co ptco pcu tcu hazen",
    Scale("uS/cm", 1): "us/cm",
    Scale("uS/cm", 1e3): "ms/cm",
    Scale("uS/cm", 1e4): "s/m",
    Scale("dB", 1): "db dba db(a) dbspl",
    Scale("W/m2", 1): "w/m2 wm-2",
    Scale("V", 1): "v volt",
    Scale("V", 1e-3): "mv",
}
SPELLED: dict[str, Scale] = {word: scale for scale, words in _SPELLINGS.items() for word in words.split()}

_CANONICAL: dict[Unit, Scale] = {
    "ug/m3": Scale("ug/m3", 1),
    "mg/m3": Scale("ug/m3", 1e3),
    "ppm": Scale("ppb", 1e3),
    "mm": Scale("m", 1e-3),
}
"""Canonical units that are not the base of their dimension."""


@lru_cache(maxsize=1024)
def spelled(label: str) -> str:
    """A label in the form of `SPELLED`'s keys: small, without blanks, µ as u, ³ as 3, `^` and `**` left out."""
    text = unicodedata.normalize("NFKC", label.strip()[:40]).casefold()
    text = text.replace("\u03bc", "u").replace("^", "").replace("**", "").replace("º", "°").replace("⁻", "-")
    return unicodedata.normalize("NFC", "".join(text.split())) or "-"


def alike(one: str, other: str) -> bool:
    """Whether two labels mean one unit (`°C` and `Cel`)."""
    a, b = spelled(one), spelled(other)
    return a == b or (a in SPELLED and SPELLED[a] == SPELLED.get(b))


class Change(NamedTuple):
    """How a number in a sender's unit becomes one in the quantity's: value * factor + offset."""

    factor: float
    offset: float


@lru_cache(maxsize=4096)
def change(label: str, quantity: EnvironmentQuantity) -> Change:
    """The change from a sender's label to the quantity's unit; Refusal `unknown_unit` where there is none.

    `-` (and an empty label) fits only quantities without a unit: a missing label is the caller's decision.
    """
    wanted = ENVIRONMENT[quantity].unit
    given = SPELLED.get(spelled(label))
    if given is None:
        raise Refusal("unknown_unit", unit=label, quantity=quantity, wanted=wanted)
    target = _CANONICAL.get(wanted, Scale(wanted, 1))
    factor = _between(given, target, quantity)
    if factor is None:
        raise Refusal("unknown_unit", variant="other", unit=label, quantity=quantity, wanted=wanted)
    return Change(given.factor * factor, given.offset * factor)


def _between(given: Scale, target: Scale, quantity: EnvironmentQuantity) -> float | None:
    """Factor from the given base to the target's unit, or None where no law leads from one to the other."""
    if given.base == target.base:
        return 1 / target.factor
    mass = MOLAR_MASS.get(quantity)
    if mass is not None and given.base == "ppb" and target.base == "ug/m3":
        return mass / MOLAR_VOLUME / target.factor
    if mass is not None and given.base == "ug/m3" and target.base == "ppb":
        return MOLAR_VOLUME / mass / target.factor
    if target.base == "mg/L" and given.base == "ppb":
        return 1e-3
    if target.base == "mg/L" and given.base == "ug/m3":
        return 1e-6
    if target.base == "%" and given == Scale("1", 1) and quantity == "humidity":
        return 100.0
    return None


def canonical(value: float, label: str, quantity: EnvironmentQuantity) -> float:
    """A number in the sender's unit -> in the quantity's unit, a converted one to nine decimals."""
    factor, offset = change(label, quantity)
    return value if factor == 1 and offset == 0 else round(value * factor + offset, 9)
