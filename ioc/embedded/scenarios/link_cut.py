"""`link-cut`: a trunk line of the government's network is cut; cameras and sensors behind it fall silent together."""

from __future__ import annotations

from ioc.embedded.province.native import MINUTE, SECOND
from ioc.embedded.province.story import Dark, Hush
from ioc.embedded.scenarios.scenario import Act, Scenario

CUT = 20 * SECOND
MENDED = 75 * MINUTE
CAMERAS = ("camera:quang-truong-01", "camera:quang-truong-02", "camera:cau-gia-bay", "camera:ttdl-cong")
SENSORS = ("ids:ubnd", "ids:tslcd")
STATIONS = ("station:hung-vuong", "station:gang-thep")
GAUGES = ("weather:thai-nguyen", "kttv:gia-bay")

LINK_CUT = Scenario(
    name="link-cut",
    summary="A trunk line is cut: cameras offline, sensors and stations silent together, then everything comes back.",
    effects=(
        *(Dark(camera, CUT, MENDED) for camera in CAMERAS),
        *(Hush(source, CUT, MENDED) for source in (*SENSORS, *GAUGES)),
        *(Hush(station, CUT, MENDED, kept=True) for station in STATIONS),
    ),
    acts=(
        Act(
            CUT,
            "The line is cut. The camera server says at once that four cameras are offline; the others say nothing.",
        ),
        Act(140 * SECOND, "Four cameras offline for two minutes: moderate alerts."),
        Act(CUT + 10 * MINUTE, "Two network sensors silent for ten minutes: moderate; severe at forty."),
        Act(CUT + 30 * MINUTE, "Two air stations silent for half an hour: minor."),
        Act(CUT + 60 * MINUTE, "A weather station and the river gauge of Gia Bẩy silent for an hour: minor."),
        Act(MENDED, "The line is mended: all clear with the first word of each; cameras half a minute later."),
        Act(
            MENDED + SECOND,
            "The air stations send what they kept, the oldest last; what is over an hour old comes too late.",
        ),
    ),
    length=80 * MINUTE,
    real_time=True,
)
