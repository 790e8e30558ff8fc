"""What a working province leaves in history within an hour, small and the same every time; all names are of the sink."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ioc.events import DOMAINS, SEVERITIES
from ioc.histories import AirPoint, Health, Listed, Standing, Waiting
from ioc.sinks.influx_walls import InfluxWalls
from tests.sinks.history_events import event, place
from tests.sinks.test_alert_points import change


def listed(figure: str, line: str, en: str = "") -> Listed:
    """A told line; the English one is marked so that languages cannot be mixed up unseen."""
    return Listed({"vi": figure, "en": f"{figure} en"}, {"vi": line, "en": en or f"{line} en"})


BOARDS = {
    "worst": [listed("◆ La Bằng", "Khẩn cấp · Điểm nhiệt gần rừng · 12 phút")],
    "waiting": [
        listed("◆ Khẩn cấp", "La Bằng: Điểm nhiệt gần rừng · 12 phút"),
        listed("▲ Cao", "Linh Sơn: Bụi mịn PM2.5 cao · 3 giờ"),
        listed("■ Trung bình", "Kha Sơn: Camera mất tín hiệu · 4 phút"),
        listed("● Thấp", "Định Hóa: Pin yếu · 1 phút"),
    ],
    "counts": [
        listed("◆ 1", "Khẩn cấp · 12 phút"),
        listed("▲ 1", "Cao · 3 giờ"),
        listed("■ 1", "Trung bình · 4 phút"),
        listed("✔ 0", "Thấp"),
    ],
    "drill": [listed("▣ 08:00", "Diễn tập gần nhất")],
    "feeds": [
        listed("✖ mất", "Cảm biến an ninh mạng · 2 ngày"),
        listed("◔ trễ", "Camera giám sát · 4 phút"),
        listed("? chưa rõ", "Trạm mới"),
    ],
    "passes": [listed("✔ đúng hạn", "VIIRS S-NPP · 3 giờ · tiếp 14:10")],
    "weather": [listed("· 64 % · 1,8 m/s", "Trạm khí tượng Định Hóa")],
    "water": [listed("▣ 26,10 m", "Gia Bảy · báo động II"), listed("· 12,00 m", "Chã · chưa có mức báo động")],
    "limits": [listed("▣ 62 / 45", "PM2.5 · Trạm Hùng Vương · vượt giới hạn")],
    "fire": [listed("▣ Cấp cháy rừng IV · P 6.200", "Trạm khí tượng Định Hóa · 12 ngày")],
    "roles": [listed("✖ không trả lời", "Tiến trình ở 127.0.0.1:9103"), listed("✔ 3 giờ", "Kiểm nhận")],
    "sinks": [listed("✔ ghi được", "Kho lịch sử"), listed("✔ 0 tin chờ", "Gửi ra: webhook")],
    "handled": [
        listed("· 4 phút", "Trung vị tiếp nhận 7 ngày · 12 / 14 cảnh báo"),
        listed("· 3 / 12", "Báo nhầm trong số đã xác minh"),
    ],
    "pipeline": [listed("✖ Có trục trặc", "Tiến trình ở 127.0.0.1:9103: không trả lời")],
    **{f"worst.{domain}": [listed("✔ Không có", "Không có cảnh báo đang diễn ra")] for domain in DOMAINS},
    **{f"on.{domain}": [listed("▲ Cao", f"✓ Linh Sơn: {domain} · 3 giờ")] for domain in DOMAINS},
    **{f"feeds.{domain}": [listed("✔ đúng hạn", f"Nguồn {domain} · 1 phút")] for domain in DOMAINS},
}
QUANTITIES = (("pm25", "ug/m3"), ("water_level", "m"), ("wind_speed", "m/s"), ("humidity", "%"))


async def fill(history: InfluxWalls, now: datetime) -> None:
    """Write it all through the sink."""
    at = now - timedelta(minutes=5)
    readings = [
        event("environment", at=at, source=f"station:{nth}", quantity=quantity, unit=unit, value=float(nth + 1))
        for nth in range(3)
        for quantity, unit in QUANTITIES
    ]
    others = [
        event(domain, at=at, source=f"{domain}:1", location=place()) for domain in ("camera", "hotspot", "netsec")
    ]
    drill = event("camera", at=at, source="camera:9", kind="drilled", location=place(), drill=True)
    assert not await history.write([*readings, *others, drill])
    at_ms = int(at.timestamp() * 1000)
    told = [
        change(alert_id=f"{nth:032x}", source=f"{domain}:1", domain=domain, severity=SEVERITIES[nth + 1], at=at_ms)
        for nth, domain in enumerate(DOMAINS)
    ]
    rehearsed = change(alert_id="d" * 32, source="drill:1", rule="drilled", severity="extreme", at=at_ms, drill=True)
    # Ended a quarter of an hour later, so in another step at any minute; raised, so that no hour counts it as opened.
    over: dict[str, Any] = {
        "alert_id": "e" * 32,
        "source": "over:1",
        "rule": "over",
        "severity": "extreme",
        "commune": "05818",
    }
    ended = [
        change(**over, change="raised", at=at_ms - 1_800_000),
        change(2, **over, at=at_ms - 900_000, status="resolved", change="cleared"),
    ]
    assert not await history.tell([*told, rehearsed, *ended])
    await history.stand(
        now,
        [Waiting(severity, 0, None) for severity in SEVERITIES[1:]],
        [Standing(f"{domain}-feed", domain, domain, 0, at, now) for domain in DOMAINS],
    )
    indices = ((12, "Tốt"), (88, "Trung bình"), (168, "Xấu"))
    await history.air(
        [
            AirPoint(f"station:{nth}", at, value, "pm25", {"vi": f"Trạm {nth} · {band}", "en": f"Station {nth} · en"})
            for nth, (value, band) in enumerate(indices)
        ]
    )
    await history.show(now, BOARDS)
    for second, began in ((20, 100), (10, 200), (0, 200)):
        fates = {"accepted": 500, "rejected": 2, "late": 0, "ignored": 1, "duplicate": 3}
        health = Health(50.0, 2.5, 1.2, fates, {"intake": 90, "evaluate": began})
        await history.health(now - timedelta(seconds=second), health)
