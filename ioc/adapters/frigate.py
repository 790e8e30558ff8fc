"""Frigate (camera analytics) over MQTT: events, reviews, camera status, updates of tracked objects, triggers.

Records are payloads, or envelopes `{"topic": ..., "payload": ..., "received_at": RFC 3339}` as a bridge or a recorded
file has them; a bare payload is told apart by its keys. Source of the fields: Frigate's MQTT documentation (0.14-0.16).

Ids: an object's update by its id, type and frame time, a review's by its id, type and everything that grows in it. The
id and type alone would make a second update the duplicate of the first, and lose the rise from detection to alert.
Descriptions and triggers carry no time: theirs is the start of their object, which its id begins with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from ioc.adapters import json_records, sources
from ioc.adapters.mapping import Field, build, choice, cut, flag, sender_names, text, walk
from ioc.adapters.numbers import between
from ioc.adapters.parsed import Ignored, Parsed, Raw
from ioc.adapters.refusal import Refusal, of, rejected
from ioc.adapters.times import instant
from ioc.catalogue import Feed
from ioc.events import Camera, Flag, Rejected, event_id, iso

REVIEW_SEVERITY = {"alert": "severe", "detection": "minor"}
STATUSES = ("online", "offline", "disabled")
SERVER = "frigate"
"""Name under which the server's own availability (`frigate/available`) is known."""
FIRST = ("fire", "smoke")
"""Of several objects in one review, these name it."""
PHASES = {"new": "new", "update": "update", "end": "end"}
_START = re.compile(r"(\d{10}(?:\.\d{1,9})?)-", re.ASCII)
score = partial(between, 0, 1)


def epoch(given: Any) -> datetime:
    """Epoch seconds."""
    return instant(given, "UTC").at


def names(given: Any) -> tuple[str, ...]:
    """A list of names, each at most 128 characters."""
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Refusal("wrong_type", wanted="list of text")
    return tuple(text(128)(one) for one in given[:50])


def label(given: Any) -> str | None:
    """`sub_label`: null, text, or [text, score]."""
    first = given[0] if isinstance(given, list) and given else given
    return text(300)(first) if isinstance(first, str) else None


OBJECT: tuple[Field, ...] = (
    Field("track", "after.id", text(128), need=True),
    Field("camera", "after.camera", text(128), need=True),
    Field("kind", "after.label", text(128), need=True),
    Field("at", ("after.frame_time", "after.start_time"), epoch, "s", need=True),
    Field("ended", "after.end_time", epoch, "s"),
    Field("value", ("after.top_score", "after.score"), score, need=True),
    Field("zones", "after.current_zones", names),
    Field("stationary", "after.stationary", flag),
    Field("phase", "type", choice(PHASES), need=True),
    Field("title", "after.sub_label", label),
)
REVIEW: tuple[Field, ...] = (
    Field("track", "after.id", text(128), need=True),
    Field("camera", "after.camera", text(128), need=True),
    Field("severity", "after.severity", choice(REVIEW_SEVERITY), need=True),
    Field("at", "after.start_time", epoch, "s", need=True),
    Field("ended", "after.end_time", epoch, "s"),
    Field("zones", "after.data.zones", names),
    Field("objects", "after.data.objects", names),
    Field("detections", "after.data.detections", names),
    Field("labels", "after.data.sub_labels", names),
    Field("phase", "type", choice(PHASES), need=True),
)
UPDATE: tuple[Field, ...] = (
    Field("track", "id", text(128), need=True),
    Field("camera", "camera", text(128)),
    Field("at", "timestamp", epoch, "s"),
    Field("value", "score", score),
)
UPDATES = {
    "description": ("description", "description"),
    "face": ("face", "name"),
    "lpr": ("plate", "plate"),
    "classification": ("classification", "sub_label"),
}
"""`type` of a tracked object's update -> our quantity, and the field that says what was found."""
TRIGGER: tuple[Field, ...] = (
    Field("camera", "camera", text(128), need=True),
    Field("track", "event_id", text(128), need=True),
    Field("kind", "name", text(128), need=True),
    Field("value", "score", score, need=True),
)


def parse(raw: Raw, feed: Feed, received_at: datetime) -> Iterator[Parsed]:
    """What the cameras saw, one record per payload. Raises Unreadable where no JSON object is found."""
    tracks = Tracks()
    for item in json_records.items(raw):
        if item.rejected is not None:
            yield Parsed(item.record, rejected=(item.rejected,))
            continue
        record, row = item.record, item.value
        topic, payload, heard = "", row, None
        if isinstance(row.get("topic"), str) and "payload" in row:
            topic, payload = row["topic"], row["payload"]
            try:
                heard = instant(row["received_at"], feed.zone).at if row.get("received_at") is not None else None
            except Refusal as refusal:
                yield Parsed(record, rejected=(of(refusal, record, "received_at", row["received_at"]),))
                continue
        message = Message(record, feed, heard or received_at, tracks)
        outcome = message.read(topic, payload)
        if isinstance(outcome, Camera):
            yield Parsed(record, (outcome,), tuple(message.faults), received_at=heard)
        elif isinstance(outcome, list):
            yield Parsed(record, rejected=(*message.faults, *outcome), received_at=heard)
        else:
            yield Parsed(record, ignored=outcome, received_at=heard)


class Tracks:
    """Which camera follows which object: descriptions do not say it. Remembers the last ones of this input."""

    KEPT = 4096

    def __init__(self) -> None:
        self._cameras: dict[str, str] = {}

    def note(self, track: str, camera: str) -> None:
        """Remember an object's camera."""
        if len(self._cameras) >= self.KEPT:
            del self._cameras[next(iter(self._cameras))]
        self._cameras[track] = camera

    def camera(self, track: str) -> str | None:
        """The object's camera, if it was seen here."""
        return self._cameras.get(track)


Outcome = Camera | list[Rejected] | Ignored


class Message:
    """One payload on its way to an event; `faults` collects what was left out of it."""

    def __init__(self, record: int, feed: Feed, received_at: datetime, tracks: Tracks) -> None:
        self.record, self.feed, self.received_at, self.tracks = record, feed, received_at, tracks
        self.faults: list[Rejected] = []

    def read(self, topic: str, payload: Any) -> Outcome:
        """The event, why there is none, or why nothing was said."""
        steps = topic.split("/")
        if len(steps) >= 3 and steps[-2] == "status":
            return self._status(steps[-3], steps[-1], payload)
        if steps[-1] == "available":
            return self._status(SERVER, "detect", payload)
        if isinstance(payload, str):
            item = json_records.decode(payload.encode("utf-8", "surrogatepass"), self.record)
            if item.rejected is not None:
                return "other_topic" if topic and not _topic_known(steps) else [item.rejected]
            payload = item.value
        if not isinstance(payload, dict):
            return "other_topic" if topic and not _topic_known(steps) else [self._wrong("payload", payload, "object")]
        after = payload.get("after")
        if isinstance(after, dict):
            return self._review(payload) if "severity" in after else self._object(payload, after)
        if payload.get("type") in UPDATES and "id" in payload:
            return self._update(payload)
        if "event_id" in payload and "camera" in payload:
            return self._trigger(payload)
        if topic and not _topic_known(steps):
            return "other_topic"
        return [rejected(self.record, "after", "missing" if after is None else "wrong_type", after, wanted="object")]

    def _wrong(self, field: str, given: Any, wanted: str) -> Rejected:
        return rejected(self.record, field, "missing" if given is None else "wrong_type", given, wanted=wanted)

    def _object(self, payload: Mapping[str, Any], after: Mapping[str, Any]) -> Outcome:
        if after.get("false_positive") is True:
            return "false_positive"
        values, self.faults, fatal = walk(OBJECT, payload, self.record)
        if fatal:
            return []
        self.tracks.note(values["track"], values["camera"])
        at = values["ended"] if values["phase"] == "end" and "ended" in values else values["at"]
        flags: tuple[Flag, ...] = ("text_cut",) if cut(after.get("sub_label"), 300) else ()
        return self._event(
            sender_names(OBJECT),
            values.pop("camera"),
            (values["track"], values["phase"], iso(values["at"]), iso(at)),
            at,
            {k: v for k, v in values.items() if k not in ("at", "ended")} | {"quantity": "object", "flags": flags},
        )

    def _review(self, payload: Mapping[str, Any]) -> Outcome:
        values, self.faults, fatal = walk(REVIEW, payload, self.record)
        if fatal:
            return []
        objects, detections = values.get("objects", ()), values.get("detections", ())
        for track in detections:
            self.tracks.note(track, values["camera"])
        at = values["at"]
        if values["phase"] == "end" and "ended" in values:
            at = values["ended"]
        elif values["phase"] != "new":
            at = max([at, *(began for track in detections if (began := _started(track)) is not None)])
        grown = ("|".join(sorted(objects)), "|".join(sorted(detections)), "|".join(sorted(values.get("zones", ()))))
        return self._event(
            sender_names(REVIEW),
            values["camera"],
            (values["track"], values["phase"], values["severity"], *grown, iso(at)),
            at,
            {
                "quantity": "review",
                "kind": _gravest(objects),
                "phase": values["phase"],
                "track": values["track"],
                "severity": values["severity"],
                "zones": values.get("zones", ()),
                "title": text(300)(", ".join(values.get("labels", ()))) or None,
                "value": 1.0,
            },
        )

    def _update(self, payload: Mapping[str, Any]) -> Outcome:
        quantity, said = UPDATES[payload["type"]]
        found = payload.get(said, payload.get("attribute") if quantity == "classification" else None)
        if found is None:
            return [rejected(self.record, said, "missing")]
        values, self.faults, fatal = walk(UPDATE, payload, self.record)
        if fatal:
            return []
        camera = values.get("camera") or self.tracks.camera(values["track"])
        if camera is None and len(self.feed.sources) != 1:
            return "camera_unknown"
        at = values.get("at") or _started(values["track"])
        if at is None:
            return [rejected(self.record, "timestamp", "missing")]
        try:
            title = text(300)(found)
        except Refusal as refusal:
            return [of(refusal, self.record, said, found)]
        model = payload.get("model")
        kind = text(128)(model) if isinstance(model, str) else quantity
        flags: tuple[Flag, ...] = ("text_cut",) if cut(found, 300) else ()
        return self._event(
            sender_names(UPDATE),
            camera or "",
            (values["track"], quantity, kind, title, iso(at)),
            at,
            {
                "quantity": quantity,
                "kind": kind,
                "phase": "state",
                "track": values["track"],
                "title": title,
                "value": values.get("value", 1.0),
                "flags": flags,
            },
        )

    def _trigger(self, payload: Mapping[str, Any]) -> Outcome:
        values, self.faults, fatal = walk(TRIGGER, payload, self.record)
        if fatal:
            return []
        at = _started(values["track"])
        if at is None:
            return [rejected(self.record, "event_id", "not_a_time", values["track"])]
        camera = values.pop("camera")
        key = (values["track"], "trigger", values["kind"], payload.get("type", ""))
        return self._event(sender_names(TRIGGER), camera, key, at, values | {"quantity": "trigger", "phase": "state"})

    def _status(self, camera: str, role: str, payload: Any) -> Outcome:
        """Status has no time of its own: it is so when it is heard."""
        if payload not in STATUSES:
            return [rejected(self.record, "payload", "unknown_value", payload, expected=", ".join(STATUSES))]
        if role != "detect":
            return "heartbeat"
        key = ("status", role, payload, iso(self.received_at))
        values = {"quantity": "status", "kind": payload, "phase": "state", "value": 1.0}
        return self._event({"kind": "payload"}, camera, key, self.received_at, values)

    def _event(
        self, ours: Mapping[str, str], camera: str, key: tuple[Any, ...], at: datetime, values: Mapping[str, Any]
    ) -> Camera | list[Rejected]:
        source, _ = sources.of(self.feed, camera)
        common = {
            "type": "camera",
            "id": event_id(source, *key),
            "feed": self.feed.name,
            "source": source,
            "observed_at": at,
            "received_at": self.received_at,
            "unit": "1",
        }
        return build(Camera, self.record, ours, {k: v for k, v in values.items() if v is not None} | common)


def _gravest(objects: tuple[str, ...]) -> str:
    """The object that names a review; Frigate adds `-verified` where a sub-label was recognised."""
    plain = [one.removesuffix("-verified") for one in objects]
    return next((one for one in FIRST if one in plain), plain[0] if plain else "review")


def _topic_known(steps: list[str]) -> bool:
    return steps[-1] in ("events", "reviews", "tracked_object_update", "triggers")


def _started(track: str) -> datetime | None:
    """When a tracked object began: its id starts with the epoch."""
    begun = _START.match(track)
    try:
        return epoch(begun[1]) if begun else None
    except Refusal:
        return None
