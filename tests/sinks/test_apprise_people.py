from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace

from ioc.alerts.message import encode
from ioc.errors import Permanent, Retryable
from ioc.ports import Notice
from ioc.sinks.apprise import People
from ioc.sinks.text_long import chat, letter
from tests.sinks.told import ALL_CLEAR, HOTSPOT

TOLD = replace(
    HOTSPOT,
    title={"vi": "Điểm nhiệt sát rừng"},
    why={"vi": "cấp cháy rừng IV, cách rừng 0,2 km"},
    step={"vi": "gọi Kiểm lâm địa bàn, xem camera gần nhất"},
)


read = BytesParser(EmailMessage, policy=default).parsebytes


class Server:
    """Keeps what a real SMTP server hands it; answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []
        self.answer = "250 taken"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.got.append((envelope.rcpt_tos, read(envelope.content)))
        return self.answer


@pytest.fixture
async def smtp() -> AsyncIterator[tuple[Server, int]]:
    server = Server()
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(server, hostname="127.0.0.1"), "127.0.0.1", 0
    )
    async with listening:
        yield server, listening.sockets[0].getsockname()[1]


def mail(port: int) -> People:
    return People(f"mailto://127.0.0.1:{port}/?from=ioc@thainguyen.example&to={{to}}&mode=insecure", "mail")


async def test_a_letter_arrives_with_its_thread(smtp: tuple[Server, int]) -> None:
    server, port = smtp
    for nth, told in enumerate((TOLD, replace(ALL_CLEAR, alert_id=TOLD.alert_id))):
        await mail(port).send(Notice(f"k:{nth}", encode(told), "truc@thainguyen.example", "vi"))

    (to, first), (_, second) = server.got
    assert to == ["truc@thainguyen.example"]
    assert first["Subject"] == "[IOC][CAO][#4821] Điểm nhiệt sát rừng chưa xác minh - xã La Bằng"
    assert first["References"] == second["References"] == f"<{TOLD.alert_id}@ioc>"
    body = first.get_body(("plain",))
    assert body is not None
    lines = body.get_content().splitlines()
    assert lines[0] == "▲ CAO · CHƯA XÁC MINH · #4821"
    assert "Việc đầu tiên: gọi Kiểm lâm địa bàn, xem camera gần nhất" in lines


async def test_a_server_that_does_not_take_it_is_asked_again(smtp: tuple[Server, int]) -> None:
    server, port = smtp
    server.answer = "451 later"
    with pytest.raises(Retryable, match="way_failed"):
        await mail(port).send(Notice("k:1", encode(TOLD), "truc@thainguyen.example", "vi"))


@pytest.mark.parametrize("address", ["mailto://127.0.0.1/", "nonsense://{to}", "file:///{to}"])
def test_an_address_by_which_nobody_is_reached_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(Permanent):
        People(address, "mail")


def test_a_chat_says_the_gravest_first() -> None:
    assert chat(TOLD, "vi").splitlines() == [
        "▲ CAO · CHƯA XÁC MINH · #4821",
        "Điểm nhiệt sát rừng, xã La Bằng (huyện Đại Từ cũ)",
        "13:42 21/11 (+07)",
        "Vì sao: cấp cháy rừng IV, cách rừng 0,2 km",
        "Việc đầu tiên: gọi Kiểm lâm địa bàn, xem camera gần nhất",
    ]


def test_after_acceptance_a_chat_says_who_has_it() -> None:
    told = replace(TOLD, occasion="update", accepted_by="Nguyễn V. A.", accepted_at=TOLD.at + 101 * 60_000)
    assert chat(told, "vi").splitlines()[-1] == "Nguyễn V. A. tiếp nhận 15:23"


def test_a_drill_stands_first_in_a_subject_and_a_chat() -> None:
    drill = replace(TOLD, drill=True, number="#D017")
    assert letter(drill, "vi").subject.startswith("[DIỄN TẬP][IOC][CAO][#D017] ")
    assert chat(drill, "vi").startswith("DIỄN TẬP · ▲ CAO")
    assert chat(drill, "vi").endswith("DIỄN TẬP: không điều động ai.")
