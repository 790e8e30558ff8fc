"""The alerts that the Frigate samples must raise (none), worked out the plain way: json, and thresholds by hand.

    python naive_frigate.py frigate_payload_samples.ndjson > frigate_samples.json

In plain words (docs/golden.md has each choice with its reason):
- One line is one message with its topic. What names a camera and tells a time is accepted: objects (time of the
  frame), reviews (their start), faces, plates and classes (their time stamp), triggers (the time inside the id of the
  object). A description names no camera: it is of the camera that an earlier message named for the same object, and
  recognised and ignored where there is none.
- The clock runs 24 hours past the last message. The cameras are not registered, so nobody waits for them.
- camera-fire-smoke needs three sightings of fire or smoke with a score of 0.7 or more within two minutes on one camera;
  camera-offline needs a camera that says it is offline. This script stops where it meets one such message, for it does
  not know how such an alert goes on.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

RUN_ON = timedelta(hours=24)


def camera_and_time(topic: str, payload: dict[str, Any], known: dict[str, str]) -> tuple[str, float] | None:
    """Which camera, and seconds since 1970; None where no message names one. `known` is the camera of each object."""
    if topic == "frigate/events":
        known[payload["after"]["id"]] = payload["after"]["camera"]
        return payload["after"]["camera"], payload["after"]["frame_time"]
    if topic == "frigate/reviews":
        return payload["after"]["camera"], payload["after"]["start_time"]
    if topic == "frigate/triggers":
        return payload["camera"], float(payload["event_id"].split("-")[0])
    if topic == "frigate/tracked_object_update" and "camera" in payload:
        return payload["camera"], payload["timestamp"]
    if topic == "frigate/tracked_object_update" and payload["id"] in known:
        return known[payload["id"]], float(payload["id"].split("-")[0])
    return None


def main(path: str) -> dict[str, Any]:
    """Read the file, count its fates, see that nothing in it can raise an alert."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # json alone
        messages = [json.loads(line) for line in file]
    fates = {"accepted": 0, "duplicate": 0, "late": 0, "future": 0, "ignored": 0, "rejected": 0}
    seen = set()
    known: dict[str, str] = {}
    last = 0.0
    highest = {"camera-fire-smoke": 0, "camera-offline": 0}
    for message in messages:
        topic, payload = message["topic"], message["payload"]
        told = camera_and_time(topic, payload, known)
        if told is None:
            fates["ignored"] += 1
            continue
        name = (topic, *told, json.dumps(payload, sort_keys=True))
        fates["duplicate" if name in seen else "accepted"] += 1
        seen.add(name)
        last = max(last, told[1])
        if topic == "frigate/events" and payload["after"]["label"] in {"fire", "smoke"}:
            highest["camera-fire-smoke"] += payload["after"]["top_score"] >= 0.7
        highest["camera-offline"] += "/status/" in topic and payload == "offline"
    if any(highest.values()):
        raise SystemExit(f"{highest}: this script does not know how such an alert goes on")
    return {
        "records": len(messages),
        "fates": fates,
        "clock_ends": (datetime.fromtimestamp(last, UTC) + RUN_ON).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "furthest": {
            "camera-fire-smoke": {"highest": highest["camera-fire-smoke"], "lowest_level": 3},
            "camera-offline": {"highest": highest["camera-offline"], "lowest_level": 1},
        },
        "episodes": [],
    }


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
