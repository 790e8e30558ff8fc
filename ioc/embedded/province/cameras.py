"""Cameras whose pictures Frigate reads: tracked objects, reviews, and each camera's status once a minute.

Records are MQTT messages in a bridge's envelope: topic, payload, and when the bridge heard it. People and vehicles come
by the hour of the day; a review follows each person. Fire and smoke are the story's alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ioc.embedded.province import defects
from ioc.embedded.province.beat import Beat, dues
from ioc.embedded.province.chance import between, happens, pick, unit, whole
from ioc.embedded.province.native import MINUTE, SECOND, Native, hour_of_day, zulu
from ioc.embedded.province.story import Dark, Hush, Sight, World

FEED = "frigate"
CAMERAS = {
    "camera:la-bang-rung-01": ("la_bang_rung_01", 0.05, ("person", "dog", "bird")),
    "camera:dinh-hoa-rung-01": ("dinh_hoa_rung_01", 0.05, ("person", "motorcycle", "bird")),
    "camera:quang-truong-01": ("quang_truong_01", 0.6, ("person", "person", "bicycle", "motorcycle")),
    "camera:quang-truong-02": ("quang_truong_02", 0.5, ("person", "person", "bicycle", "motorcycle")),
    "camera:cau-gia-bay": ("cau_gia_bay", 0.7, ("car", "motorcycle", "truck", "bus")),
    "camera:nui-coc-dap": ("nui_coc_dap", 0.15, ("person", "boat", "motorcycle")),
    "camera:ttdl-cong": ("ttdl_cong", 0.2, ("person", "car", "motorcycle")),
}
"""Source -> Frigate's name, objects a minute at the busiest hour, what comes by."""
STATUS_EVERY = MINUTE
BRIDGE_MS = 40
"""From the camera's server to the door."""
_LIFE_MS = 21 * SECOND


def message(at: int, topic: str, payload: Any) -> bytes:
    """One line of the bridge."""
    heard = f"{zulu(at)[:-1]}.{at % 1000:03d}Z"
    return json.dumps({"topic": f"frigate/{topic}", "payload": payload, "received_at": heard}).encode() + b"\n"


def dark(world: World, source: str, at: int) -> bool:
    """Whether the camera gives no picture."""
    return bool(world.story.of(Dark, source, at, at + 1))


def _status(world: World, source: str, at: int) -> Native:
    state = "offline" if dark(world, source, at) else "online"
    line = message(at, f"{CAMERAS[source][0]}/status/detect", state)
    return Native(FEED, at, line, "application/x-ndjson")


def statuses(world: World, source: str, since: int, until: int) -> Iterator[Native]:
    """The camera's status each minute, and at once when it changes."""
    nth = list(CAMERAS).index(source)
    beat = Beat(FEED, source, STATUS_EVERY, phase=(5 + 7 * nth) * SECOND, delay=0)
    at_change = set()
    for one in world.story.of(Dark, source, since - 1, until + 1):
        at_change |= {at for at in (one.since, one.until) if since <= at < until}
    for at in at_change:
        if not any(hush.since < at < hush.until for hush in world.story.of(Hush, source, at, at + 1)):
            yield _status(world, source, at)
    for due in dues(world, beat, since, until):
        if due.at not in at_change:
            yield _status(world, source, due.at)


class Shot(NamedTuple):
    """One message of a tracked object: who sees what, since when, now, and how surely."""

    source: str
    began: int
    at: int
    kind: str
    label: str
    score: float

    def payload(self, tag: str) -> dict[str, Any]:
        """As Frigate writes it; `tag` ends the object's id."""
        left = whole(40, 900, self.source, self.began, "x")
        grown = (self.at - self.began) // 100
        ended = self.kind == "end"
        after = {
            "id": f"{self.began / 1000:.6f}-{tag}",
            "camera": CAMERAS[self.source][0],
            "frame_time": self.at / 1000,
            "start_time": self.began / 1000,
            "end_time": self.at / 1000 if ended else None,
            "label": self.label,
            "sub_label": None,
            "top_score": self.score,
            "score": round(self.score * 0.97, 4),
            "false_positive": False,
            "box": [left, 200, left + 60 + grown % 40, 380],
            "area": 9000 + 40 * (grown % 100),
            "current_zones": [],
            "entered_zones": [],
            "has_snapshot": True,
            "has_clip": ended,
            "active": not ended,
            "stationary": False,
        }
        return {"type": self.kind, "before": after | {"frame_time": self.began / 1000}, "after": after}


def _tag(*parts: int | str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(pick(letters, "tag", place, *parts) for place in range(6))


def passers(world: World, source: str, since: int, until: int) -> Iterator[Native]:
    """People, vehicles and animals: one chance a minute and camera."""
    _, busy, labels = CAMERAS[source]
    for minute in range((since - _LIFE_MS) // MINUTE - 1, until // MINUTE + 1):
        key = (world.seed, source, minute)
        began = minute * MINUTE + whole(0, 59_999, "began", *key)
        day = 0.15 + 0.85 * max(0.0, 1 - abs(hour_of_day(began) - 13.5) / 9)
        if not happens(busy * day, "comes", *key):
            continue
        label = pick(labels, "label", *key)
        score = between(0.74, 0.96, "score", *key)
        stays = (_LIFE_MS - 2 * SECOND) * (0.3 + 0.7 * unit("stays", *key))
        steps = ((0, "new", score * 0.9), (int(stays / 2), "update", score), (int(stays), "end", score))
        for offset, kind, shown in steps:
            shot = Shot(source, began, began + offset, kind, label, round(shown, 4))
            yield from _seen(world, shot, (since, until))
        if label == "person":
            yield from _reviewed(world, source, began, began + int(stays), (since, until))


def sights(world: World, source: str, since: int, until: int) -> Iterator[Native]:
    """What the story shows to this camera."""
    for one in world.story.of(Sight, source, since - 5 * SECOND, until):
        last = len(one.scores) - 1
        for nth, (offset, score) in enumerate(one.scores):
            kind = "new" if nth == 0 else "end" if nth == last and last else "update"
            shot = Shot(source, one.since, one.since + offset, kind, one.label, score)
            yield from _seen(world, shot, (since, until))


def _seen(world: World, shot: Shot, span: tuple[int, int]) -> Iterator[Native]:
    payload = shot.payload(_tag(world.seed, shot.source, shot.began))
    yield from _told(world, shot.source, shot.at, message(shot.at + BRIDGE_MS, "events", payload), span)


def _reviewed(world: World, source: str, began: int, ended: int, span: tuple[int, int]) -> Iterator[Native]:
    seen = f"{began / 1000:.6f}-{_tag(world.seed, source, began)}"
    review = f"{began / 1000 + 0.4:.6f}-{_tag(world.seed, source, began, 'review')}"
    for kind, at in (("new", began + 400), ("end", ended + 400)):
        after = {
            "id": review,
            "camera": CAMERAS[source][0],
            "start_time": (began + 400) / 1000,
            "end_time": at / 1000 if kind == "end" else None,
            "severity": "detection",
            "thumb_path": f"/media/frigate/clips/review/thumb-{CAMERAS[source][0]}-{review}.webp",
            "data": {"detections": [seen], "objects": ["person"], "sub_labels": [], "zones": [], "audio": []},
        }
        payload = {"type": kind, "before": after, "after": after}
        yield from _told(world, source, at, message(at + BRIDGE_MS, "reviews", payload), span)


def _told(world: World, source: str, at: int, line: bytes, span: tuple[int, int]) -> Iterator[Native]:
    """One message at the door, unless the camera or its line was down; now and then a second time, or with a cut line."""
    sent = at + BRIDGE_MS
    near = world.story.of(Hush, source, sent, sent + 1)
    if dark(world, source, at) or any(hush.since < sent < hush.until for hush in near):
        return
    if defects.cut_short(world, source, at):
        line += line[: len(line) // 2] + b"\n"
    again = defects.REPEATED_AFTER_MS if defects.sent_again(world, source, at) else 0
    for when in {sent, sent + again}:
        if span[0] <= when < span[1]:
            yield Native(FEED, when, line, "application/x-ndjson")


def messages(world: World, since: int, until: int) -> Iterator[Native]:
    """What the cameras' server says in [since, until)."""
    for source in CAMERAS:
        yield from statuses(world, source, since, until)
        yield from passers(world, source, since, until)
        yield from sights(world, source, since, until)
