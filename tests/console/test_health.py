"""The pipeline's health out of the counters that processes show."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from ioc.console import health
from ioc.desk.outbox import Health as Channel

PAGE = """\
ioc_records_total{{role="intake",domain="camera",feed="a",fate="accepted"}} {accepted}
ioc_records_total{{role="intake",domain="hotspot",feed="b",fate="rejected"}} 2
ioc_records_total{{role="evaluate",domain="camera",feed="a",fate="accepted"}} 9000
ioc_started_seconds{{role="intake"}} {started}
ioc_judged_seconds{{topic="ioc.camera",partition="0"}} 990
ioc_judged_seconds{{topic="ioc.camera",partition="1"}} 960
ioc_history_waiting {waits}
"""


def page(accepted: int = 100, started: float = 400.0, waits: int = 0) -> str:
    return PAGE.format(accepted=accepted, started=started, waits=waits)


def test_throughput_is_what_intake_judged_between_two_readings() -> None:
    before = health.reading([page(100)], 990.0)
    now = health.reading([page(600)], 1000.0)
    found = health.health(now, before, [])
    assert (found.per_s, found.behind_s, found.latency_s) == (50.0, 40.0, None)
    assert found.fates == {"accepted": 500, "rejected": 0}
    assert found.roles == {"intake": 400}


def test_a_counter_that_began_anew_counts_from_zero() -> None:
    found = health.health(health.reading([page(30)], 1000.0), health.reading([page(600)], 990.0), [])
    assert found.fates["accepted"] == 30


def test_the_first_reading_tells_no_rate() -> None:
    found = health.health(health.reading([page()], 1000.0), None, [])
    assert (found.per_s, found.fates) == (None, {})


def test_pages_of_several_processes_are_one() -> None:
    other = 'ioc_judged_seconds{topic="ioc.camera",partition="1"} 995\nioc_started_seconds{role="record"} 7\n'
    now = health.reading([page(), other], 1000.0)
    assert health.health(now, None, []).behind_s == 10.0, "the newest of a partition, the furthest behind of all"
    assert now.started == {"intake": 400.0, "record": 7.0}


CALM = Channel(0, None, 0, 0, None, None)


@pytest.mark.parametrize(
    ("waits", "silent", "behind", "channel", "verdict"),
    [
        (0, [], 2.0, CALM, "✔ Thông suốt"),
        (1, [], 2.0, CALM, "✖ Có trục trặc"),
        (0, ["127.0.0.1:9103"], 2.0, CALM, "✖ Có trục trặc"),
        (0, [], 31.0, CALM, "◔ Có trục trặc"),
        (0, [], None, CALM._replace(waiting=1, oldest=1), "✖ Có trục trặc"),
    ],
)
def test_the_verdict_is_well_only_where_everything_is(
    waits: int, silent: list[str], behind: float | None, channel: Channel, verdict: str
) -> None:
    now = health.reading([page(waits=waits)], 1000.0, silent)
    boards = health.health_boards(now, behind, {"webhook": channel})
    assert boards["pipeline"][0].figure["vi"] == verdict


def test_without_any_process_nobody_knows() -> None:
    boards = health.health_boards(health.reading([], 1000.0), None, {})
    assert [one.figure["vi"][0] for one in boards["roles"]] == ["?"]
    assert boards["pipeline"][0].figure["vi"].startswith("?")


@pytest.fixture
def served() -> Iterator[str]:
    """A process that shows its counters."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page().encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_process_that_does_not_answer_is_named(served: str) -> None:
    found = await health.read([served, "http://127.0.0.1:9/metrics"], 1000.0)
    assert found.silent == ["127.0.0.1:9"]
    assert found.started["intake"] == 400.0
