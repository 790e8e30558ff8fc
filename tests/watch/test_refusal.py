from __future__ import annotations

import httpx
import pytest

from ioc.errors import Retryable
from ioc.watch.loop import refusal, tell

ANSWERS: dict[str, tuple[httpx.Response, str | None]] = {
    "taken": (httpx.Response(202, json={"outcomes": [{"fate": "accepted"}]}), None),
    "a clock that is wrong is said in the gateway's words": (
        httpx.Response(
            422, json={"outcomes": [{"fate": "rejected", "reasons": [{"vi": "trước giờ", "en": "is in the future"}]}]}
        ),
        "422, is in the future",
    ),
    "a key that is not known": (
        httpx.Response(401, json={"error": {"code": "key", "vi": "khóa sai", "en": "the key is wrong"}}),
        "401, the key is wrong",
    ),
    "late is not taken either": (
        httpx.Response(202, json={"outcomes": [{"fate": "late"}], "message": {"vi": "1 trễ", "en": "1 late"}}),
        "202, 1 late",
    ),
    "a page of a proxy": (httpx.Response(502, text="<html>Bad Gateway</html>"), "502"),
    "somebody else's JSON": (httpx.Response(202, json=[1, 2]), "202"),
    "no outcome at all": (httpx.Response(202, json={"outcomes": []}), "202"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_the_gateway_says_of_a_beat(case: str) -> None:
    answer, why = ANSWERS[case]

    assert refusal(answer, "en") == why


class Way:
    def __init__(self, scheme: str, *, broken: bool = False) -> None:
        self.scheme = scheme
        self.broken = broken
        self.told: list[str] = []

    async def tell(self, title: str, body: str) -> None:
        if self.broken:
            raise Retryable("way_failed")
        self.told.append(f"{title}: {body}")


async def test_one_way_that_gets_out_is_enough_and_the_other_is_named() -> None:
    ways, failed = [Way("mailto", broken=True), Way("json")], []

    assert await tell(ways, "T", "B", lambda scheme, _why: failed.append(scheme))

    assert (failed, ways[1].told) == (["mailto"], ["T: B"])


async def test_nobody_told_is_said() -> None:
    assert not await tell([Way("mailto", broken=True)], "T", "B")
