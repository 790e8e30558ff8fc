"""The reference page of the kinds: models and docstrings as they stand, and pictures made by running the engine."""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from ioc.alerts.alert import Transition
from ioc.alerts.kinds import CONDITIONS, Condition
from ioc.alerts.parse import parse
from ioc.alerts.plain_yaml import read
from ioc.alerts.rule import RuleSet
from ioc.events.codec import Observed
from ioc.workshop.case import Case, spelled
from ioc.workshop.examples import EXAMPLES, Example
from ioc.workshop.rule_test import Played, Written, play

PALETTE: Final = "▁▂▃▄▅▆▇█"
STANDS: Final = {"minor": "░", "moderate": "▒", "severe": "▓", "extreme": "█"}
_TEXT: Final = {"vi": "Thử", "en": "Example"}
_REST: Final = {
    "id": "example",
    "title": _TEXT,
    "certainty": "observed",
    "steps": [_TEXT],
    "call": _TEXT,
    "source_of_threshold": "giá trị khởi đầu",
    "owner": _TEXT,
}
"""What every rule must have and no picture shows."""
HEAD: Final = """# Rules: the kinds of condition

Made by `ioc rules show` from the code; a test holds it against the code. What stands around every condition (hours,
grouping, flapping, trial, presets, templates) is in [rules-surroundings.md](rules-surroundings.md).

Under each kind: what it means, its fields under `condition:`, whether its alerts *last* until something contrary is
observed or speak for the *moment* (then `settle` is needed and `hold` is not allowed), and pictures. A picture is a run
of the engine over a few events: the upper row is what was observed (a value, or the number of events; a row for each
domain where there are several), the lowest what stood: `░` minor, `▒` moderate, `▓` severe, `█` extreme. Below it are the changes with their times from the start.
"""


def page() -> str:
    """The whole page, Markdown."""
    table = ["| kind | moved by | alerts |", "| --- | --- | --- |"]
    table += [f"| [`{kind}`](#{kind}) | {model.moved_by} | {_lasting(kind)} |" for kind, model in CONDITIONS.items()]
    return "\n\n".join([HEAD.rstrip(), "\n".join(table), *(section(kind) for kind in CONDITIONS)]) + "\n"


def section(kind: str) -> str:
    """One kind; raises KeyError for what is none."""
    model = CONDITIONS[kind]
    parts = [f"## {kind}", inspect.cleandoc(model.__doc__ or ""), "\n".join(_fields(model))]
    return "\n\n".join([*parts, *(_shown(example) for example in EXAMPLES[kind])])


def _lasting(kind: str) -> str:
    always = {"new_value", "sequence", "near"}
    if kind in always:
        return "moment"
    return "either" if kind in ("match", "threshold") else "last"


def _fields(model: type[Condition]) -> Iterator[str]:
    yield "| field | takes | default |"
    yield "| --- | --- | --- |"
    for name, field in model.model_fields.items():
        if name == "kind":
            continue
        default = "required" if field.is_required() else _default(field.default)
        yield f"| `{field.alias or name}` | {_takes(field.annotation, field.metadata)} | {default} |"


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined or value == {}:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return (
        spelled(value)
        if isinstance(value, int) and value >= 3600
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _takes(kind: Any, metadata: Sequence[Any] = ()) -> str:
    origin = get_origin(kind)
    if getattr(kind, "__metadata__", None):
        return _takes(get_args(kind)[0], [*kind.__metadata__, *metadata])
    if origin in (Union, types.UnionType):
        arms = [arm for arm in get_args(kind) if arm is not type(None)]
        return " or ".join(_takes(arm, metadata) for arm in arms)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in get_args(kind))
    spans = any(getattr(getattr(one, "func", None), "__name__", "") == "seconds" for one in metadata)
    if kind is int:
        return "duration" if spans or not metadata else "whole number"
    names = {float: "number", bool: "`true`, `false`", str: "field"}
    return names.get(kind, "picks events, as `where` does" if origin is dict else "`domain` and `where`")


def _shown(example: Example) -> str:
    played = _played(example)
    history = "\n".join(f"# {line}" for line in example.case.splitlines())
    return "\n\n".join(
        [
            example.shows,
            f"```yaml\n{_written(example)}\n{history}\n```",
            f"```text\n{picture(played, example.step)}\n```",
        ]
    )


def _written(example: Example) -> str:
    texts = [text.strip() for text in (example.rule, *example.beside)]
    return "\n---\n".join(texts)


def _played(example: Example) -> Played:
    case, _ = read(example.case)
    words = {"vi": "Thử một chút", "en": "An example"}
    made = Case.model_validate({"case": words, "rule": "example", "expect": "nothing", **case})
    return play(rules_of(example), Written("example.yaml", 1, made))


def rules_of(example: Example) -> RuleSet:
    """The example's rule, and those beside it."""
    rules = [{**_REST, **read(text)[0]} for text in (example.rule, *example.beside)]
    return parse({"example.yaml": json.dumps({"rules": rules}, ensure_ascii=False)})


def picture(played: Played, step: int) -> str:
    """Rows over time, a column for each `step` seconds, and the changes in words: what was observed, what stood.

    Events of several domains have a row for each.
    """
    begin, width = played.begin, step * 1000
    columns = (played.end - begin) // width + 1
    by_domain: dict[str, list[Observed]] = {}
    for event in played.events:
        by_domain.setdefault(type(event).__name__.lower(), []).append(event)
    seen = by_domain if len(by_domain) > 1 else {"observed": played.events}
    names = max(map(len, ("observed", *seen)))
    rows = [f"{name:<{names}} |{_observed(found, begin, width, columns)}|" for name, found in seen.items()]
    rows.append(
        f"{'stands':<{names}} |{_stands(played.transitions, begin, width, columns)}| one column = {spelled(step)}"
    )
    rows += [f"{spelled((one.at - begin) // 1000):>8}  {one.change} {one.severity}" for one in played.transitions] or [
        "          nothing"
    ]
    return "\n".join(rows)


def _observed(events: Sequence[Observed], begin: int, width: int, columns: int) -> str:
    """Values as heights, the last of each column; events that all have one value as their number."""
    values: dict[int, list[float]] = {}
    for event in events:
        column = (round(event.observed_at.timestamp() * 1000) - begin) // width
        values.setdefault(column, []).append(event.value)
    one = len({event.value for event in events}) == 1
    heights = {column: float(len(found)) if one else found[-1] for column, found in values.items()}
    low = 0.0 if one else min(heights.values(), default=0.0)
    span = max(heights.values(), default=1.0) - low or 1.0
    row = ""
    for column in range(columns):
        if column not in heights:
            row += " "
        elif one and max(heights.values()) == 1:
            row += "•"
        else:
            row += PALETTE[round((heights[column] - low) / span * (len(PALETTE) - 1))]
    return row


def _stands(transitions: Sequence[Transition], begin: int, width: int, columns: int) -> str:
    """The severity that stands at the end of each column."""
    row = ""
    for column in range(columns):
        until = begin + (column + 1) * width
        now = next((one for one in reversed(transitions) if one.at < until), None)
        row += STANDS[now.severity] if now is not None and now.status == "firing" else " "
    return row
