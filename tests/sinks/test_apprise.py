from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import ioc.sinks.apprise as module
from ioc.errors import Permanent, Retryable
from ioc.sinks.apprise import UNSAFE, Way


class Receiver(HTTPServer):
    status = 200
    got: list[dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Receiver)
        server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(("127.0.0.1", 0), Handler) as server:
        server.got = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def way(receiver: Receiver) -> Way:
    return Way(f"json://127.0.0.1:{receiver.server_port}/")


def test_a_message_arrives_as_it_was_written(receiver: Receiver) -> None:
    asyncio.run(way(receiver).tell("IOC KHÔNG TRẢ LỜI", "Từ 02:14; <b>không</b> *đậm*"))

    (got,) = receiver.got
    assert (got["title"], got["message"]) == ("IOC KHÔNG TRẢ LỜI", "Từ 02:14; <b>không</b> *đậm*")


def test_a_service_that_does_not_take_it_is_asked_again(receiver: Receiver) -> None:
    receiver.status = 503

    with pytest.raises(Retryable):
        asyncio.run(way(receiver).tell("T", "B"))


def test_a_service_that_does_not_answer_in_time_has_perhaps_taken_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:

        async def told() -> None:
            with pytest.raises(Retryable, match="way_unclear"):
                await Way(f"json://127.0.0.1:{mute.getsockname()[1]}/?rto=1&cto=1").tell("T", "B")

        asyncio.run(told())


@pytest.mark.parametrize("address", ["", "nonsense", "mailto://", *(f"{scheme}://x" for scheme in sorted(UNSAFE))])
def test_what_is_no_way_to_anybody_is_refused(address: str) -> None:
    with pytest.raises(Permanent) as caught:
        Way(address)

    assert caught.value.code == "way_unknown"
