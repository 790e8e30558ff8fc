from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ioc.alerts.message import encode
from ioc.errors import Permanent, Retryable
from ioc.ports import Notice, Receipt
from ioc.sinks.sms_http import Described, Gateway
from ioc.sinks.text_sms import Form
from ioc.sinks.voice import Voice
from ioc.sinks.webhook import signed_by
from tests.desk.made import Clock
from tests.serving import served
from tests.sinks.told import HOTSPOT

NOTICE = Notice("a:1", encode(HOTSPOT), "+84912345678", "vi")
# The two shapes in use among providers here: a code within a JSON answer, and a list of recipients behind Basic auth.
CODE = Described(
    body="json",
    fields={
        "ApiKey": "{secret}", "SecretKey": "{secret_2}", "Phone": "{to_plain}", "Content": "{text}", "SmsType": "2",
        "RequestId": "{key}",
    },
    answer="CodeResult", taken=("100",), refused=("99",), reference="SMSID",
)  # fmt: skip
LIST = Described(
    body="json",
    fields={"to": ["{to_plain}"], "content": "{text}", "sms_type": "2"},
    headers={"Authorization": "Basic {secret}"},
    answer="status", taken=("success",), reference="data.tranId",
)  # fmt: skip
FORM = Described(body="form", fields={"to": "{to}", "text": "{text}"})


class Provider:
    def __init__(self) -> None:
        self.status, self.answer, self.url = 200, b"", ""
        self.seen: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: Request) -> Response:
        self.seen.append((dict(request.headers), await request.body()))
        return Response(self.answer, self.status)


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    with served(Starlette(routes=[Route("/sms", made.take, methods=["POST"])])) as url:
        made.url = f"{url}/sms"
        yield made


def gateway(provider: Provider, described: Described) -> Gateway:
    return Gateway(provider.url, "key-1\nkey-2", described, Form(), Clock(), allow_private=True)


async def sent(provider: Provider, described: Described, answer: bytes = b"", status: int = 200) -> Receipt | None:
    provider.answer, provider.status = answer, status
    async with gateway(provider, described) as channel:
        return await channel.send(NOTICE)


async def test_a_provider_with_codes_gets_its_fields_and_gives_a_reference(provider: Provider) -> None:
    receipt = await sent(provider, CODE, b'{"CodeResult":"100","SMSID":"e1f2"}')
    assert receipt == Receipt("e1f2")
    told = json.loads(provider.seen[0][1])
    assert told.pop("Content").startswith("IOC TN #4821 CAO, CHUA XAC MINH: diem nhiet")
    assert told == {"ApiKey": "key-1", "SecretKey": "key-2", "Phone": "84912345678", "SmsType": "2", "RequestId": "a:1"}


async def test_a_provider_with_lists_gets_its_header(provider: Provider) -> None:
    assert await sent(provider, LIST, b'{"status":"success","data":{"tranId":17}}') == Receipt("17")
    assert provider.seen[0][0]["authorization"] == "Basic key-1"
    assert json.loads(provider.seen[0][1])["to"] == ["84912345678"]


async def test_a_form_is_posted_as_one(provider: Provider) -> None:
    assert await sent(provider, FORM) is None
    assert parse_qs(provider.seen[0][1].decode())["to"] == ["+84912345678"]


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b'{"CodeResult":"99"}', 200, Permanent),
        (b'{"CodeResult":"103"}', 200, Retryable),
        (b'{"other":1}', 200, Retryable),
        (b"[1]", 200, Retryable),
        (b"<html>", 200, Retryable),
        (b"", 503, Retryable),
        (b"", 422, Permanent),
    ],
)
async def test_what_an_answer_means_is_as_described(
    provider: Provider, answer: bytes, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await sent(provider, CODE, answer, status)


async def test_feed_text_that_looks_like_a_slot_does_not_get_the_secret(provider: Provider) -> None:
    provider.answer = b'{"CodeResult":"100"}'
    body = encode(type(HOTSPOT)(occasion="answer", subject={"vi": "{secret} {to} {secret_2}"}))
    async with gateway(provider, CODE) as channel:
        await channel.send(NOTICE._replace(body=body))
    assert json.loads(provider.seen[0][1])["Content"] == "IOC TN: {secret} {to} {secret_2}"


async def test_a_call_machine_is_told_whom_to_ring_and_what_to_say(provider: Provider) -> None:
    clock = Clock()
    async with Voice(provider.url, b"secret", clock, allow_private=True) as channel:
        await channel.send(NOTICE)
    headers, body = provider.seen[0]
    told = json.loads(body)
    assert told["to"] == "+84912345678"
    assert told["key"] == headers["idempotency-key"] == "a:1"
    assert told["text"] == (
        "Trung tâm điều hành Thái Nguyên. Số 4 8 2 1. cao, chưa xác minh. điểm nhiệt. xã La Bằng. 13:42. "
        "Gọi Kiểm lâm. Nhấn phím 1 để tiếp nhận."
    )
    assert signed_by(b"secret", headers["ioc-signature"], body, clock.now())
