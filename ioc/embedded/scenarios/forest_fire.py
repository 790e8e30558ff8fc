"""`forest-fire`: a forest fire above La Bằng, seen by a satellite and a camera within half a minute of each other."""

from __future__ import annotations

from ioc.embedded.province.native import HOUR, MINUTE, SECOND
from ioc.embedded.province.story import Effect, Hush, Level, Overpass, Pixel, Sight
from ioc.embedded.scenarios.scenario import Act, Scenario

CAMERA = "camera:la-bang-rung-01"
OUT = 9 * MINUTE
"""When the camera sees neither fire nor smoke any more."""
NEXT_PASS = 11 * HOUR + 45 * MINUTE
"""Twelve hours after the pass that saw it, less the time that NASA took to publish that one."""
END = 12 * HOUR
SMOKE = ((0, 0.72), (6 * SECOND, 0.78), (12 * SECOND, 0.83), *((t * SECOND, 0.86) for t in range(32, 540, 20)))
FLAMES = ((0, 0.74), *((t * SECOND, 0.81) for t in range(20, 300, 20)))
WIND = {"temp_c": 35.6, "rh": 34.0, "wind_ms": 8.2, "wind_deg": 300.0}
"""Dry and windy, as in the province's fire seasons; below the limits of heat and gale."""
FIRST = (Pixel(21.6340, 105.5710, 12.4), Pixel(21.6372, 105.5742, 8.1))
GROWN = (Pixel(21.6340, 105.5744, 38.6, "h"), Pixel(21.6308, 105.5712, 21.0))
LARGEST = (Pixel(21.6321, 105.5728, 124.0, "h"), Pixel(21.6352, 105.5760, 58.2, "h"))
LATER = (Pixel(21.6330, 105.5735, 41.3, "h"), Pixel(21.9101, 105.5938, 6.4))


def _passes() -> list[Effect]:
    told = [
        Overpass("firms:noaa20", 5 * SECOND, 5 * SECOND, 47 * MINUTE, FIRST),
        Overpass("firms:noaa20", MINUTE, MINUTE, 47 * MINUTE + 55 * SECOND, FIRST + GROWN),
        Overpass("firms:noaa21", 150 * SECOND, 150 * SECOND, 18 * MINUTE, LARGEST),
        Overpass("firms:snpp", 5 * MINUTE, 5 * MINUTE, 25 * MINUTE, LATER),
    ]
    found: list[Effect] = [*told]
    for nth, satellite in enumerate(("firms:noaa20", "firms:noaa21", "firms:snpp")):
        at = NEXT_PASS + nth * 4 * MINUTE
        # The story has these satellites' passes at its own hours; their ordinary ones would be a second orbit.
        found += [Hush(satellite, -HOUR, at), Overpass(satellite, at, at, 35 * MINUTE)]
    return found


def _weather() -> list[Effect]:
    return [
        Level(f"weather:{place}", -30 * MINUTE, 7 * HOUR, quantity, value, value)
        for place in ("dai-tu", "dinh-hoa")
        for quantity, value in WIND.items()
    ]


FOREST_FIRE = Scenario(
    name="forest-fire",
    summary="A forest fire in La Bằng, a small one in Định Hóa: satellites and a camera, rising, then all clear.",
    effects=(
        *_passes(),
        *_weather(),
        Sight(CAMERA, 15 * SECOND, OUT, "smoke", SMOKE),
        Sight(CAMERA, 4 * MINUTE, OUT, "fire", FLAMES),
    ),
    acts=(
        Act(-30 * MINUTE, "Hot, dry wind at Đại Từ and Định Hóa: 35.6 °C, 34 %, 8.2 m/s from the north-west."),
        Act(5 * SECOND, "FIRMS publishes a NOAA-20 pass of 47 minutes ago: 12.4 MW in La Bằng. A moderate alert."),
        Act(15 * SECOND, "The forest camera of La Bằng sees smoke; the third sure sight, at 27 s, is a severe alert."),
        Act(MINUTE, "More pixels of the same pass, 38.6 MW: the first alert rises to severe."),
        Act(150 * SECOND, "NOAA-21 has 124 MW: an extreme alert of its own (one for each satellite and commune)."),
        Act(4 * MINUTE, "The camera sees flames too."),
        Act(5 * MINUTE, "Suomi NPP: 41.3 MW in La Bằng (severe), and 6.4 MW in Định Hóa (moderate)."),
        Act(OUT, "The fire is out of the camera's sight; nothing moves there any more."),
        Act(22 * MINUTE, "All clear from the camera: no sight within two minutes, and that for ten minutes."),
        Act(6 * HOUR, "All clear from the satellites: six hours without a pixel in these communes."),
        Act(NEXT_PASS, "The next passes see nothing there either; played faster, the all-clear comes with them."),
    ),
    length=END,
)
