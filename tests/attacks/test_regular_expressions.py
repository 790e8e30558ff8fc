"""Regular expressions of a rule file: linear in the text, or refused when the file is read (S12)."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ioc.alerts.where import compile_where, slips
from ioc.events.codec import Observed

SIZE = 50_000
MS = 10.0

EVIL: tuple[tuple[str, str], ...] = (
    (r"^(a+)+$", "a"),
    (r"^(a*)*$", "a"),
    (r"^(a|a)*$", "a"),
    (r"^(a|aa)+$", "a"),
    (r"^(a|a?)+$", "a"),
    (r"^(.*a){20}$", "a"),
    (r"(a+){10}b", "a"),
    (r"^([a-zA-Z]+)*$", "a"),
    (r"^([a-z0-9]+)+[.]$", "a1"),
    (r"(x+x+)+y", "x"),
    (r"(x+x+)+", "x"),
    (r"((ab)*)+c", "ab"),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a"),
    (r"^\s+|\s+$", " "),
    (r"\s+$", " "),
    (r"(\s*,\s*)*$", " ,"),
    (r"^\d+(1|.)+3$", "1"),
    (r"(.*)=(.*);(.*)=", "="),
    (r".*.*=.*", "x"),
    (r".*.*.*.*.*=", "x"),
    (r"^(.+)+\n?$", "x"),
    (r"(?:.*,){11}P", ",1"),
    (r"^(?:(?:a+)|b)*c$", "ab"),
    (r"^([\w.-]+)+@([\w-]+\.)+[a-z]{2,}$", "a."),
    (
        r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
        "a",
    ),
    (r"^[\w!#$%&'*+/=?`{|}~^-]+(?:\.[\w!#$%&'*+/=?`{|}~^-]+)*@", "a."),
    (r"^(https?://)?([\w-]+\.)+[\w-]+(/[\w ./?%&=-]*)?$", "a."),
    (r"^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?$", "a/"),
    (r"(?:[a-z0-9]+(?:[-_]?[a-z0-9]+)*)+!", "a-"),
    (r"^((\d{1,3}\.){3}\d{1,3}(,\s*)?)+$", "1.1.1.1,"),
    (r"<(\w+)(\s+\w+=(\"[^\"]*\"|'[^']*'))*\s*/?>", '<a b="'),
    (r"<!--(.*?)*-->", "<!--"),
    (r"/\*([^*]|\*+[^*/])*\*+/", "/*"),
    (r"\"(\\.|[^\"\\])*\"", '"\\'),
    (r"^(\"|')(.*?)*\1", '"a'),
    (r"^(?=(a+))\1b", "a"),
    (r"^(?:a(?=b|c)|a)*$", "a"),
    (r"(?<=a)b+", "ab"),
    (r"(a+)\1+$", "a"),
    (r"(?P<x>a+)(?P=x)+b", "a"),
    (r"^(?>a+)+$", "a"),
    (r"^a++b", "a"),
    (r"(?(1)a|b)*", "ab"),
    (r"\A(\w|\s)+\Z", "a "),
    (r"(a{1,500}){1,500}", "a"),
    (r"a{0,1000}a{0,1000}a{0,1000}b", "a"),
    (r"((((a{100}){10}){10}){10})", "a"),
    (r"(\p{L}+\s?)+!", "ạ "),
    (r"(?i)(đ+ă*)+â", "đ"),
    (r"(?s)(.|\n)*;$", "\n"),
    (r"[^x]*[^y]*[^z]*!", "w"),
    (r"(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)*$", "1e1"),
)


def test_there_are_fifty_of_them() -> None:
    assert len({pattern for pattern, _ in EVIL}) >= 50


@pytest.mark.parametrize(("pattern", "piece"), EVIL, ids=[pattern for pattern, _ in EVIL])
def test_it_is_linear_or_refused(pattern: str, piece: str) -> None:
    where: dict[str, Any] = {"title": {"matches": pattern}}
    begin = time.thread_time()
    wrong = list(slips(where, "netsec"))
    assert (time.thread_time() - begin) * 1000 < 100, "to refuse is quick too"
    if wrong:
        assert {one.code for one in wrong} <= {"bad_pattern", "large_pattern"}
        return
    test = compile_where(where, "netsec")
    assert test is not None
    text = (piece * SIZE)[:SIZE]
    spent = []
    for tail in ("!", "\x00", "?"):  # three texts: a verdict is remembered
        event = cast("Observed", SimpleNamespace(title=text + tail))
        begin = time.thread_time()
        test(event)
        spent.append((time.thread_time() - begin) * 1000)
    assert min(spent) < MS, f"{min(spent):.1f} ms for 50 kB"


def test_what_cannot_be_linear_is_refused() -> None:
    for pattern in (r"(a+)\1", r"(?=a)b", r"(?<=a)b", r"(?>a)"):
        assert [one.code for one in slips({"title": {"matches": pattern}}, "netsec")] == ["bad_pattern"]


def test_a_pattern_has_a_length() -> None:
    assert [one.code for one in slips({"title": {"matches": "a" * 501}}, "netsec")] == ["needs_pattern"]
