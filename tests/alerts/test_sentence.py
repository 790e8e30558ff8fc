"""The sentence that says why: what, value against limit, how long, since when; in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.alerts.alert import Transition
from ioc.alerts.rule import RuleSet
from ioc.alerts.sentence import sentence
from tests.alerts.crossing import HOUR, NOON, Crossing, signal
from tests.alerts.timeline import Timeline, catalogue

BASE: dict[str, Any] = {"hold": "30m", "settle": "1h"}
PH: dict[str, Any] = {
    "quantity": "ph",
    "condition": {"kind": "threshold", "compare": "below"},
    "severities": {"moderate": {"level": 5.5, "clear": 5.7}},
}
LEVEL: dict[str, Any] = {
    "quantity": "water_level",
    "condition": {"kind": "threshold", "compare": "at_least"},
    "severities": {"extreme": {"level": 27}},
}
HOT: dict[str, Any] = {
    "domain": "hotspot",
    "quantity": "fire_frp",
    "condition": {"kind": "threshold", "compare": "above", "persists": False},
    "severities": {"severe": {"level": 20}},
    "settle": "6h",
}
OFFLINE: dict[str, Any] = {
    "domain": "camera",
    "quantity": "status",
    "condition": {"kind": "match", "when": {"kind": "offline"}, "until": {"kind": "online"}},
    "severities": {"moderate": {}},
    "hold": "120s",
    "settle": "30s",
}
SIGNED: dict[str, Any] = {
    "domain": "netsec",
    "quantity": "ids_alert",
    "condition": {"kind": "match"},
    "severities": {"severe": {}},
    "settle": "30m",
}
GUESSING: dict[str, Any] = {
    "domain": "netsec",
    "quantity": "ids_alert",
    "condition": {"kind": "count", "window": "10m"},
    "severities": {"severe": {"level": 50, "clear": 10}},
    "settle": "10m",
}
SILENT: dict[str, Any] = {
    "quantity": [],
    "condition": {"kind": "absence", "period": "lost"},
    "severities": {"minor": {"level": 1}},
}


def dust() -> list[Transition]:
    line = Timeline(BASE).at(0).reads(90).at(31).ticks().at(40).reads(160).at(75).reads(160)
    return line.at(80).reads(100).at(150).reads(60).at(220).ticks().transitions


def guessing() -> list[Transition]:
    line = Timeline(GUESSING).at(134)
    for _ in range(1240):
        line.reads(title="ET SCAN SSH Brute Force")
    return line.at(200).ticks().transitions


SAID: dict[str, tuple[list[Transition], list[tuple[str, str]]]] = {
    "dust": (
        dust(),
        [
            (
                "Bụi PM2.5 90 µg/m³, vượt ngưỡng 80 µg/m³, liên tục 30 phút, từ 07:00 14/05",
                "PM2.5 90 µg/m³, above the limit of 80 µg/m³, for 30 min, since 07:00 14/05",
            ),
            (
                "Tăng lên mức Cao: Bụi PM2.5 160 µg/m³, vượt ngưỡng 150 µg/m³, liên tục 30 phút, từ 07:40 14/05",
                "Raised to Severe: PM2.5 160 µg/m³, above the limit of 150 µg/m³, for 30 min, since 07:40 14/05",
            ),
            (
                "Giảm xuống mức Trung bình: Bụi PM2.5 100 µg/m³, đã về trong ngưỡng kết thúc 130 µg/m³, liên tục 1 giờ",
                "Lowered to Moderate: PM2.5 100 µg/m³, back within the clear level of 130 µg/m³, for 1 h",
            ),
            (
                "Hết cảnh báo: Bụi PM2.5 60 µg/m³, đã về trong ngưỡng kết thúc 70 µg/m³, liên tục 1 giờ",
                "All clear: PM2.5 60 µg/m³, back within the clear level of 70 µg/m³, for 1 h",
            ),
        ],
    ),
    "acid water": (
        Timeline(PH).at(0).reads(5.2, quantity="ph", unit="1").transitions,
        [("pH 5,2, thấp hơn ngưỡng 5,5, lúc 07:00 14/05", "pH 5.2, below the limit of 5.5, at 07:00 14/05")],
    ),
    "a flood": (
        Timeline(LEVEL).at(0).reads(29.9, quantity="water_level", unit="m").transitions,
        [
            (
                "Mực nước 29,90 m, đạt ngưỡng 27,00 m, lúc 07:00 14/05",
                "Water level 29.90 m, at or above the limit of 27.00 m, at 07:00 14/05",
            )
        ],
    ),
    "a hotspot": (
        Timeline(HOT).at(402).reads(38).at(900).ticks().transitions,
        [
            (
                "Công suất bức xạ cháy 38 MW, vượt ngưỡng 20 MW, lúc 13:42 14/05",
                "Fire radiative power 38 MW, above the limit of 20 MW, at 13:42 14/05",
            ),
            (
                "Hết cảnh báo: không có phát hiện mới ngoài ngưỡng 20 MW trong 6 giờ",
                "All clear: nothing new beyond 20 MW for 6 h",
            ),
        ],
    ),
    "a camera": (
        Timeline(OFFLINE).at(0).reads(kind="offline", title="cổng chợ: offline").at(2).ticks().at(9).reads(kind="online").at(11).ticks().transitions,
        [
            (
                "Ghi nhận: cổng chợ: offline, liên tục 2 phút, từ 07:00 14/05",
                "Seen: cổng chợ: offline, for 2 min, since 07:00 14/05",
            ),
            (
                "Hết cảnh báo: thiết bị báo đã trở lại bình thường, liên tục 30 giây",
                "All clear: the source reports normal again, for 30 s",
            ),
        ],
    ),
    "a signature without a title": (
        Timeline(SIGNED).at(0).reads().at(40).ticks().transitions,
        [
            ("Ghi nhận: Cảnh báo IDS, lúc 07:00 14/05", "Seen: IDS alert, at 07:00 14/05"),
            ("Hết cảnh báo: không có sự kiện mới trong 30 phút", "All clear: no further event for 30 min"),
        ],
    ),
    "guessing": (
        guessing(),
        [
            ("50 sự kiện trong 10 phút (ngưỡng 50), lúc 09:14 14/05", "50 events within 10 min (limit 50), at 09:14 14/05"),
            (
                "Hết cảnh báo: còn 0 sự kiện trong 10 phút (ngưỡng kết thúc 10), liên tục 10 phút",
                "All clear: 0 events within 10 min (clear level 10), for 10 min",
            ),
        ],
    ),
    "silence": (
        Timeline(SILENT, registry=catalogue("environment", "s")).at(0).reads().at(10).ticks().at(148).reads().transitions,
        [
            ("Không có dữ liệu dùng được từ 07:00 14/05, quá hạn 10 phút", "No usable data since 07:00 14/05, overdue after 10 min"),
            (
                "Hết cảnh báo: có lại dữ liệu dùng được lúc 09:28 14/05, gián đoạn 2 giờ 28 phút",
                "All clear: usable data again at 09:28 14/05, missing for 2 h 28 min",
            ),
        ],
    ),
    "never heard": (
        Timeline(SILENT, registry=catalogue("environment", "s")).at(0).ticks().at(10).ticks().transitions,
        [
            (
                "Chưa có dữ liệu dùng được nào kể từ 07:00 14/05, quá hạn 10 phút",
                "Nothing usable ever received since 07:00 14/05, overdue after 10 min",
            )
        ],
    ),
    "two domains near each other": (
        Crossing().hears(signal("cam")).hears(signal("fire", 12, km=2.1)).waits(NOON + 3 * HOUR).transitions,
        [
            (
                "Cách nơi “Camera thấy khói” 2,1 km, trong 12 phút, lúc 12:12 14/05",
                "2.1 km from where “Camera sees smoke”, within 12 min, at 12:12 14/05",
            ),
            ("Hết cảnh báo: không có sự kiện mới trong 2 giờ", "All clear: no further event for 2 h"),
        ],
    ),
    "two domains at the same place and time": (
        Crossing().hears(signal("fire")).hears(signal("cam", 0.5)).transitions,
        [
            (
                "Cách nơi “Camera thấy khói” 0 km, cùng lúc, lúc 12:00 14/05",
                "0 km from where “Camera sees smoke”, at the same time, at 12:00 14/05",
            )
        ],
    ),
    "a rule taken away": (
        Timeline().at(0).reads(90).under(RuleSet([])).at(1).ticks().transitions[1:],
        [("Kết thúc vì quy tắc bị bỏ", "Ended: rule removed")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_sentence(name: str) -> None:
    transitions, said = SAID[name]

    assert [(sentence(one, "vi"), sentence(one, "en")) for one in transitions] == said


@pytest.mark.parametrize("name", SAID)
def test_no_sentence_is_longer_than_an_sms_can_spare(name: str) -> None:
    for one in SAID[name][0]:
        assert max(len(sentence(one, "vi")), len(sentence(one, "en"))) <= 120
