"""The alerts that a Suricata file must raise, worked out the plain way: json, and thresholds typed in by hand.

    python naive_suricata.py suricata_wrccdc-2017_alerts.json > suricata_wrccdc_2017.json

How the file is replayed, in plain words (docs/golden.md has each choice with its reason):
- Records are taken in the order of their time, equal times in the order of the file; a time without a zone is local
  (+07:00). The clock runs 24 hours past the last record. There is no ingest time, so no record is future.
- A record is told by flow, signature and time; the same again is a duplicate and counts once.
- The sensor is named by its interface; where the file names none, all its records are of one unnamed sensor.
- Suricata's 1, 2, 3 and above are extreme, severe, moderate, minor; one less where the packet was blocked.
- A match measures nothing, so no step has a value.
- ids-severe: an attack that was let through, severe at the sensor, is moderate; extreme at the sensor, severe. Each is
  kept for 30 minutes; the alert shows the highest that is kept, and ends when none is.
- brute-force and ids-burst count the last ten minutes. The files never come near the counts; if one did, this script
  would stop, for it does not know how such an alert goes on.
- The sensors are not registered, so nobody waits for them: their silence raises nothing.
"""

import json
import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

LOCAL = timezone(timedelta(hours=7))
AT_THE_SENSOR = {1: "extreme", 2: "severe", 3: "moderate"}
ONE_LESS = {"extreme": "severe", "severe": "moderate", "moderate": "minor", "minor": "minor"}
OURS = {"severe": "moderate", "extreme": "severe"}
ORDER = ["moderate", "severe"]
KEPT = timedelta(minutes=30)
RUN_ON = timedelta(hours=24)
WINDOW = timedelta(minutes=10)
FIRST_COUNT = {"brute-force": 50, "ids-burst": 100}
GUESSING = re.compile(
    r"brute.?force|ssh scan|password guess|(multiple|many|excessive) (failed )?log[io]n"
    r"|(failed|suspicious|anomalous) log[io]n|log[io]n (attempt|fail)|auth(entication|orization)? fail"
    r"|invalid (user|password)|dò mật khẩu|đăng nhập (sai|thất bại)",
    re.IGNORECASE,
)
GUESSING_CLASS = re.compile(
    r"^(unsuccessful user privilege gain|attempt to login|an? (attempted|suspicious).* login)", re.IGNORECASE
)


def time_of(record: dict[str, Any]) -> datetime:
    """`2017-03-24T11:15:38.559701-0600`, or without a zone."""
    moment = datetime.fromisoformat(record["timestamp"])
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


def written(moment: datetime) -> str:
    """UTC to the microsecond, as the golden file writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def let_time_pass(episode: dict[str, Any], kept_until: dict[str, datetime], now: datetime) -> None:
    """Severities that are kept no longer fall away, one moment after the other."""
    while kept_until and (due := kept_until[max(kept_until, key=ORDER.index)]) <= now:
        for severity in [s for s, until in kept_until.items() if until <= due]:
            del kept_until[severity]
        if kept_until:
            left = max(kept_until, key=ORDER.index)
            episode["steps"].append({"at": written(due), "how": "lowered", "severity": left, "value": None})
        else:
            episode["ended_at"] = written(due)


def most_in_window(moments: list[datetime]) -> int:
    """The greatest number of moments within ten minutes; one exactly ten minutes old is out."""
    return max((sum(last - WINDOW < moment <= last for moment in moments) for last in moments), default=0)


def main(path: str) -> dict[str, Any]:
    """Read the file, count its fates, list its alerts."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # json alone
        records = sorted(json.load(file), key=time_of)
    end = time_of(records[-1]) + RUN_ON
    fates = {"accepted": 0, "duplicate": 0, "late": 0, "future": 0, "ignored": 0, "rejected": 0}
    without_zone = 0
    seen = set()
    counted: dict[str, dict[str, list[datetime]]] = {rule: {} for rule in FIRST_COUNT}
    told: list[dict[str, Any]] = []
    open_now: dict[str, tuple[dict[str, Any], dict[str, datetime]]] = {}
    for record in records:
        moment, alert = time_of(record), record["alert"]
        name = (record["flow_id"], alert["signature_id"], moment)
        if name in seen:
            fates["duplicate"] += 1
            continue
        seen.add(name)
        fates["accepted"] += 1
        without_zone += datetime.fromisoformat(record["timestamp"]).tzinfo is None
        key = "ids:" + record.get("in_iface", "unnamed")
        counted["ids-burst"].setdefault(key, []).append(moment)
        if GUESSING.search(alert["signature"]) or GUESSING_CLASS.search(alert["category"]):
            counted["brute-force"].setdefault(key, []).append(moment)

        at_the_sensor = AT_THE_SENSOR.get(alert["severity"], "minor")
        if alert["action"] == "blocked":
            at_the_sensor = ONE_LESS[at_the_sensor]
        if alert["action"] != "allowed" or at_the_sensor not in OURS:
            continue
        severity = OURS[at_the_sensor]
        if key in open_now:
            let_time_pass(*open_now[key], moment)
        if key not in open_now or not open_now[key][1]:
            episode: dict[str, Any] = {"rule": "ids-severe", "key": key, "opened_at": written(moment)}
            episode |= {"ended_at": None, "steps": []}
            told.append(episode)
            open_now[key] = (episode, {})
        episode, kept_until = open_now[key]
        shown = max(kept_until, key=ORDER.index) if kept_until else None
        kept_until[severity] = moment + KEPT
        if shown is None or ORDER.index(severity) > ORDER.index(shown):
            how = "raised" if shown else "opened"
            step = {"at": written(moment), "how": how, "severity": severity, "value": None}
            episode["steps"].append(step)
    for episode, kept_until in open_now.values():
        let_time_pass(episode, kept_until, end)

    furthest = {}
    for rule, level in FIRST_COUNT.items():
        most = max((most_in_window(moments) for moments in counted[rule].values()), default=0)
        if most >= level:
            raise SystemExit(f"{rule}: {most} within ten minutes; this script does not know how that goes on")
        furthest[rule] = {"highest": most, "lowest_level": level}
    told.sort(key=lambda e: (e["opened_at"], e["rule"], e["key"]))
    return {
        "records": len(records),
        "without_zone": without_zone,
        "fates": fates,
        "clock_ends": written(end),
        "furthest": furthest,
        "episodes": told,
    }


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
