"""Golden cases of the adapters: `cases/<format>/<situation>.in`, beside it what it must become (`.json`).

A feed description stands beside a case (`.yaml`) or the adapter's built-in one is used. After a wanted change
`python -m tests.adapters.golden` writes the outcomes anew: read the difference before it is committed.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ioc.adapters import ADAPTERS, Parsed
from ioc.adapters.defaults import default_feed
from ioc.adapters.sentences import reason_text
from ioc.catalogue import Feed
from ioc.errors import Unreadable
from ioc.events.codec import encode

CASES = Path(__file__).parent / "cases"
RECEIVED = datetime(2026, 6, 1, tzinfo=UTC)


def inputs() -> list[Path]:
    return sorted(CASES.glob("*/*.in"))


def feed_of(case: Path) -> Feed:
    own = case.with_suffix(".yaml")
    return Feed.model_validate(YAML(typ="safe").load(own)) if own.exists() else default_feed(case.parent.name)


def as_shown(parsed: Parsed) -> dict[str, Any]:
    """One record's outcome, without what says nothing."""
    shown: dict[str, Any] = {"record": parsed.record, "fate": parsed.fate}
    if parsed.events:
        shown["events"] = [json.loads(encode(event)) for event in parsed.events]
        for event in shown["events"]:
            if event["received_at"] == "2026-06-01T00:00:00Z":
                del event["received_at"]
            del event["feed"], event["type"]
    if parsed.rejected:
        shown["rejected"] = [
            {"field": one.field, "code": one.code, "excerpt": one.excerpt, "vi": reason_text(one, "vi")}
            for one in parsed.rejected
        ]
    if parsed.ignored:
        shown["ignored"] = parsed.ignored
    return shown


def outcome(case: Path) -> Any:
    feed = feed_of(case)
    try:
        found = list(ADAPTERS[feed.adapter](case.read_bytes(), feed, RECEIVED))
    except Unreadable as error:
        return {"unreadable": error.code, "values": error.values}
    return [as_shown(parsed) for parsed in found]


def written(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for path in inputs():
        path.with_suffix(".json").write_text(written(outcome(path)), encoding="utf-8")
