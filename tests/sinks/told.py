"""The messages of the reference texts, as facts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from ioc.alerts.message import Message, Tally

YEAR, LOCAL = 2026, timezone(timedelta(hours=7))


def at(day: int, hour: int, minute: int) -> int:
    """Epoch ms of a moment in November 2026, +07:00."""
    return int(datetime(YEAR, 11, day, hour, minute, tzinfo=LOCAL).timestamp() * 1000)


def message(number: str, **given: Any) -> Message:
    """A message about the alert of this number, severe and not yet looked at; anything can be given otherwise."""
    known: dict[str, Any] = {
        "occasion": "alert",
        "number": f"#{number}",
        "reply": number,
        "alert_id": f"{int(number.lstrip('D')):032x}",
        "severity": "severe",
        "certainty": "observed",
        "at": at(21, 13, 42),
        "opened_at": at(21, 13, 42),
    }
    return Message(**{**known, **given})


HOTSPOT = message(
    "4821",
    certainty="likely",
    domain="hotspot",
    title={"vi": "Điểm nhiệt", "en": "Hotspot"},
    place={"vi": "xã La Bằng (huyện Đại Từ cũ)", "en": "La Bằng commune (former Đại Từ district)"},
    lat=21.645,
    lon=105.625,
    why={"vi": "sát rừng", "en": "by forest"},
    step={"vi": "Gọi Kiểm lâm", "en": "Call rangers"},
)
AIR = message(
    "4830",
    domain="environment",
    title={"vi": "VN_AQI giờ 218 Rất xấu (PM2.5 168 µg/m³)", "en": "hourly VN_AQI 218 Very bad (PM2.5 168 µg/m³)"},
    place={"vi": "phường Phan Đình Phùng", "en": "Phan Đình Phùng ward"},
    why={"vi": "đã 3 giờ, 2/3 trạm gần cùng cao", "en": "3 h, 2/3 nearby stations agree"},
    at=at(21, 7, 0),
)
BRUTE = message(
    "4844",
    domain="netsec",
    title={
        "vi": "Dò mật khẩu VPN vpn-ubnd 1.240 lần/10 phút từ 3 IP",
        "en": "Password guessing on VPN vpn-ubnd",
    },
    why={"vi": "chưa thấy đăng nhập thành công", "en": "1,240 in 10 min from 3 IPs, no success seen"},
    step={"vi": "Gọi trực ATTT", "en": "Call SOC duty"},
    at=at(21, 2, 14),
)
CAMERAS = message(
    "4852",
    severity="moderate",
    domain="camera",
    kind="absence",
    title={
        "vi": "18/20 camera cụm Quảng trường mất tín hiệu",
        "en": "18/20 cameras of Quảng trường cluster offline",
    },
    why={"vi": "cùng switch SW-QT1 (nghi mất điện)", "en": "same switch SW-QT1 (power?)"},
    at=at(20, 22, 9),
    opened_at=at(20, 22, 5),
)
SOS = message(
    "4860",
    severity="extreme",
    rule="sos-app",
    title={"vi": "Ngập nước, 4 người", "en": "Flooding, 4 people"},
    place={"vi": "xã La Bằng (sai số 15m)", "en": "La Bằng commune (±15 m)"},
    step={"vi": "Mở IOC lấy SĐT, gọi lại NGAY", "en": "Open IOC for phone, call back NOW"},
    at=at(21, 19, 31),
)
BACKBONE = message(
    "4871",
    severity="extreme",
    domain="link",
    title={"vi": "Đứt trục mạng TSLCD TN-Định Hóa", "en": "Gov network backbone TN-Định Hóa cut"},
    why={
        "vi": "13 xã mất kết nối (1 vụ việc, gộp 61 cảnh báo)",
        "en": "13 communes off (1 incident, 61 alerts grouped)",
    },
    step={"vi": "Gọi nhà mạng", "en": "Call carrier"},
    at=at(21, 3, 12),
)
ALL_CLEAR = message(
    "4871",
    occasion="ended",
    status="resolved",
    severity="extreme",
    reply="",
    domain="link",
    kind="absence",
    title={"vi": "Trục TN-Định Hóa thông lại", "en": "Backbone TN-Định Hóa is back"},
    why={"vi": "12/13 xã đã có lại; còn mất: 1 xã", "en": "12/13 communes are back; still off: 1"},
    at=at(21, 5, 40),
    opened_at=at(21, 3, 12),
)
DIGEST = Message(
    occasion="digest",
    title={"vi": "bão lũ", "en": "flood"},
    severity="severe",
    at=at(21, 20, 15),
    opened_at=at(21, 20, 0),
    tally=Tally(
        since=at(21, 20, 0),
        until=at(21, 20, 15),
        alerts=128,
        incidents=6,
        extreme=3,
        unaccepted=41,
        oldest=at(21, 19, 57),
        places=(
            {"vi": "xã La Bằng (huyện Đại Từ cũ)", "en": "La Bằng commune (former Đại Từ district)"},
            {"vi": "phường Linh Sơn", "en": "Linh Sơn ward"},
        ),
    ),
)
