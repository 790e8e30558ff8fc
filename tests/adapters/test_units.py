import pytest

from ioc.adapters.parameters import quantity_of
from ioc.adapters.refusal import Refusal
from ioc.adapters.units import canonical
from ioc.events.quantities import ENVIRONMENT, EnvironmentQuantity

SPELLINGS = ["µg/m³", "μg/m³", "ug/m3", "UG/M3", "µg/Nm3", "µg / m^3", "ug/m**3"]


@pytest.mark.parametrize("label", SPELLINGS)
def test_spellings_of_one_unit(label: str) -> None:
    assert canonical(31.5, label, "pm25") == 31.5


# Worked by hand: 25 °C, 24.45 L/mol; formats.md gives the gas factors 1.96, 1.88, 2.62 and 1.145.
CONVERTED: dict[str, tuple[float, str, EnvironmentQuantity, float]] = {
    "milligrams": (1.2, "mg/m3", "co", 1200),
    "nanograms": (4, "ng/m3", "hg_air", 0.004),
    "ozone in ppb": (100, "ppb", "o3", 196.3),
    "nitrogen dioxide in ppb": (100, "ppb", "no2", 188.2),
    "sulphur dioxide in ppb": (100, "ppb", "so2", 262.0),
    "carbon monoxide in ppm": (1, "ppm", "co", 1145.6),
    "carbon dioxide by mass": (1800, "mg/m3", "co2", 1000.0),
    "Fahrenheit": (98.6, "°F", "temperature", 37),
    "freezing in Fahrenheit": (32, "F", "temperature", 0),
    "Kelvin": (300, "K", "temperature", 26.85),
    "Vietnamese degrees": (31, "độ C", "temperature", 31),
    "a fraction of humidity": (0.54, "1", "humidity", 54),
    "kilopascals": (100.8, "kPa", "pressure", 1008),
    "millimetres of mercury": (760, "mmHg", "pressure", 1013.25),
    "kilometres an hour": (36, "km/h", "wind_speed", 10),
    "knots": (10, "kt", "wind_speed", 5.144),
    "centimetres of water": (2143, "cm", "water_level", 21.43),
    "millimetres of water": (-120, "mm", "water_level", -0.12),
    "centimetres of rain": (1.2, "cm", "rain", 12),
    "litres on a square metre": (7, "l/m2", "rain", 7),
    "cubic metres an hour": (3600, "m³/h", "flow", 1),
    "cubic metres a day": (86400, "m3/ngày đêm", "flow", 1),
    "micrograms in water": (50, "µg/L", "cod", 0.05),
    "ppm in water": (3, "ppm", "nh4", 3),
    "millisiemens": (1.2, "mS/cm", "conductivity", 1200),
    "millivolts": (3300, "mV", "battery", 3.3),
    "no unit for a quantity that has none": (7.2, "-", "ph", 7.2),
}


@pytest.mark.parametrize(("value", "label", "quantity", "expected"), CONVERTED.values(), ids=CONVERTED)
def test_converted(value: float, label: str, quantity: EnvironmentQuantity, expected: float) -> None:
    assert canonical(value, label, quantity) == pytest.approx(expected, rel=5e-4)


REFUSED: dict[str, tuple[str, EnvironmentQuantity]] = {
    "temperature by mass, as the province's feed has it": ("µg/m³", "temperature"),
    "humidity by mass": ("µg/m³", "humidity"),
    "dust by volume: dust has no molar mass": ("ppb", "pm25"),
    "rain as an intensity": ("mm/h", "rain"),
    "no unit for a quantity that has one": ("-", "pm10"),
    "a unit that nobody knows": ("furlong", "water_level"),
    "a level in degrees": ("deg", "water_level"),
}


@pytest.mark.parametrize(("label", "quantity"), REFUSED.values(), ids=REFUSED)
def test_refused(label: str, quantity: EnvironmentQuantity) -> None:
    with pytest.raises(Refusal) as caught:
        canonical(1, label, quantity)
    assert caught.value.code == "unknown_unit"


@pytest.mark.parametrize("quantity", ENVIRONMENT)
def test_every_quantity_takes_its_own_unit(quantity: EnvironmentQuantity) -> None:
    assert canonical(3.25, ENVIRONMENT[quantity].unit, quantity) == 3.25


CALLED = {
    "PM2,5": "pm25",
    " pm2.5 ": "pm25",
    "Nhiệt độ": "temperature",
    "Color": "colour",
    "VHg": "hg_air",
    "PM": "tsp",
}


@pytest.mark.parametrize(("name", "quantity"), CALLED.items())
def test_names_of_quantities(name: str, quantity: str) -> None:
    assert quantity_of(name) == quantity


def test_a_decomposed_name_is_the_same_name() -> None:
    assert quantity_of("Nhie\u0323\u0302t d\u0323o") is None
    assert quantity_of("Nhiê\u0323t đô\u0323") == "temperature"
