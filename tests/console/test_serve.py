from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ioc.console.app import create_app
from ioc.console.serve import Listen, bind, serve
from ioc.errors import Permanent, Retryable
from ioc.words import say
from tests.console.room import Room

ANYBODY = "0.0.0.0"  # noqa: S104 - an address to refuse


@pytest.mark.parametrize(
    "host", [ANYBODY, "::", "10.0.0.5", "192.168.1.2", "example.com", "", "8.8.8.8", "127.0.0.1.example.com"]
)
async def test_any_other_address_is_refused_with_one_sentence(tmp_path: Path, host: str) -> None:
    room = Room(tmp_path)

    with pytest.raises(Permanent) as error:
        await serve(create_app(room.deps), Listen(host, 0))

    sentence = say(error.value.key, "vi", **error.value.values)
    assert error.value.code == "console_address"
    assert "127.0.0.1" in sentence
    room.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_this_machine_is_taken(host: str) -> None:
    listener = bind(Listen(host, 0))
    assert listener.getsockname()[0].startswith("127.")
    listener.close()


async def test_a_taken_port_is_said_to_be_taken(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Permanent) as error:
            await serve(create_app(room.deps), Listen(port=port))
    room.close()

    assert (error.value.code, error.value.values["port"]) == ("port_taken", port)
    assert str(port) in say(error.value.key, "vi", **error.value.values)


async def test_a_console_that_cannot_read_its_desk_asks_to_be_started_again(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def gone(*_given: object) -> object:
        raise Retryable("desk_busy", why="gone")

    object.__setattr__(room.desk, "read", gone)
    with pytest.raises(Retryable) as error:
        await asyncio.wait_for(serve(create_app(room.deps), Listen(port=0)), 10)
    await asyncio.to_thread(room.close)

    assert error.value.code == "desk_busy"


def test_it_stops_at_once_though_pages_are_open(tmp_path: Path) -> None:
    room = Room(tmp_path)
    opened = threading.Semaphore(0)

    def look(url: str) -> str:
        with httpx.Client(timeout=30, trust_env=False) as client, client.stream("GET", f"{url}/api/stream") as answer:
            for line in answer.iter_lines():
                if line.startswith("data"):
                    opened.release()
        return "ended, not cut"

    with ThreadPoolExecutor(3) as threads:
        with room.served() as url:
            looks = [threads.submit(look, url) for _ in range(3)]
            for _ in looks:
                assert opened.acquire(timeout=10)
            began = time.monotonic()
        took = time.monotonic() - began

        assert took < 4.0
        assert [one.result(5) for one in looks] == ["ended, not cut"] * 3
    room.close()


def test_it_can_be_started_again_on_the_same_data(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for _ in range(2):
        with room.served() as url:
            assert httpx.get(f"{url}/", trust_env=False).status_code == 200
    room.close()
