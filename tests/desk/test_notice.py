"""docs/webhook.md is the receivers' contract: it must say what the model says."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from ioc.desk.notice import AlertNotice, Both, Seen, alert_notice, notice_key
from ioc.places.boundaries import Boundaries
from ioc.sinks import webhook
from ioc.sinks.webhook import signature
from tests.desk.made import alert_name, ended, transition

PAGE = Path(__file__).parents[2] / "docs" / "webhook.md"


def kind(found: Any) -> str:
    """A field's type as an integrator reads it."""
    origin = get_origin(found)
    if origin is Literal:
        return " \\| ".join(f"`{value}`" for value in get_args(found))
    if origin in (Union, UnionType):
        return " or ".join(kind(arm) for arm in get_args(found))
    if origin is list:
        return f"list of {kind(get_args(found)[0])}"
    return {
        Both: "{vi, en}",
        Seen: "event",
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
    }.get(found, "null" if found is type(None) else str(found))


def table(model: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {kind(field.annotation)} | {field.description} |" for name, field in model.model_fields.items()
    ]
    return "\n".join(["| Field | Type | Meaning |", "| --- | --- | --- |", *rows])


def part(name: str) -> str:
    found = re.search(f"<!-- {name}: begin -->\n(.*?)<!-- {name}: end -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert found, f"docs/webhook.md has no part {name}"
    return found[1].strip()


def example() -> str:
    body = alert_notice("4821", transition(1), Boundaries.builtin()).model_dump(mode="json")
    return f"```json\n{json.dumps(body, ensure_ascii=False, indent=2)}\n```"


def test_the_page_lists_every_field_as_the_model_has_it() -> None:
    written = f"{table(AlertNotice)}\n\nAn event of `evidence`:\n\n{table(Seen)}"
    assert part("fields") == written


def test_the_page_shows_a_true_example() -> None:
    assert part("example") == example()


def test_the_statuses_of_the_page_are_those_of_the_code() -> None:
    text = PAGE.read_text("utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| 4")]
    found = [frozenset(int(code) for code in re.findall(r"\b[45]\d\d\b", row.split("|")[1])) for row in rows]
    assert found == [webhook.LATER, webhook.REFUSED]


def test_the_check_of_the_page_believes_us_and_nobody_else() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code
    space: dict[str, Any] = {}
    exec(code[1], space)  # noqa: S102 - our own documentation, run as it stands
    now = int(time.time())  # noqa: TID251 - the snippet reads the real clock
    body = b'{"a":1}'

    assert space["believed"](b"secret", signature(b"secret", now, body), body)
    assert not space["believed"](b"other", signature(b"secret", now, body), body)
    assert not space["believed"](b"secret", signature(b"secret", now - 400, body), body)
    assert hmac.new(b"secret", f"{now}.".encode() + body, hashlib.sha256).hexdigest() in signature(b"secret", now, body)


def test_both_languages_say_where_and_why() -> None:
    found = alert_notice("4821", transition(1), Boundaries.builtin())

    assert "La Bằng" in found.place.vi
    assert "huyện Đại Từ cũ" in found.place.vi
    assert found.why.vi == "Công suất bức xạ cháy 38 MW, vượt ngưỡng 10 MW, lúc 12:30 21/11"
    assert found.why.en == "Fire radiative power 38 MW, above the limit of 10 MW, at 12:30 21/11"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (transition(1, 3), f"{alert_name(1)}:3"),
        (ended(1, 3), f"{alert_name(1)}:3"),
        (ended(1, 3, change="state_lost"), f"{alert_name(1)}:3:state_lost"),
    ],
    ids=["a change", "an all-clear", "an ending of our own, after the same revision"],
)
def test_keys_are_alert_and_revision(given: Any, expected: str) -> None:
    assert notice_key(given) == expected
