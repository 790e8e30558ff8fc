"""docs/integrators.md: its commands are run against a gateway, its answers are what the gateway says.

`IOC_WRITE_DOCS=1 pytest tests/gateway/test_integrators_doc.py` writes the answers anew.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ioc.gateway.keys import KeyStore
from ioc.settings import dump, load
from ioc.streams.admin import ensure
from ioc.streams.topics import table
from tests.gateway.gateway_door import NOW
from tests.gateway.test_serve import PROGRAM

DOC = Path(__file__).parents[2] / "docs" / "integrators.md"
BLOCK = re.compile(r"```sh\n(?P<command>.*?)```\n(?:\n```json\n(?P<answer>.*?)```\n)?", re.DOTALL)
CHANGING = (
    (re.compile(r'"[0-9a-f]{32}"'), '"0874cb4c702a6acbb000e6fc909cb6bd"'),
    (re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"'), '"2026-05-14T03:00:00Z"'),
)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl", "sha256sum"))),
    reason="bash, curl or openssl is not installed",
)


@dataclass
class Gateway:
    folder: Path
    environ: dict[str, str]

    def run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, tansu: str) -> Iterator[Gateway]:
    ensure(tansu, table(4))
    folder = tmp_path_factory.mktemp("integrator")
    path = folder / "ioc.toml"
    path.write_text(f'data = "data"\n[kafka]\nbootstrap = "{tansu}"\n[gateway]\nport = 0\n', encoding="utf-8")
    settings = load(path, {})
    path.write_text(dump(settings), encoding="utf-8")
    keys = KeyStore(settings.gateway.keys_file)
    made = {feed: keys.issue(feed, NOW).text for feed in ("weather", "stations")}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = f"http://127.0.0.1:{int(process.stdout.readline())}"
        while httpx.get(f"{address}/healthz").status_code != 200:
            pass
        environ = os.environ | {"IOC": address, "KEY": made["weather"], "STATION_KEY": made["stations"]}
        yield Gateway(folder, environ)
        process.terminate()


def pretty(answer: str) -> str:
    text = json.dumps(json.loads(answer), ensure_ascii=False, indent=1)
    # Short lists and objects read better on one line.
    text = re.sub(r"([\[{])\n\s+([^\[\]{}]*?)\n\s+([\]}])", lambda m: m[1] + re.sub(r"\n\s+", " ", m[2]) + m[3], text)
    for changing, shown in CHANGING:
        text = changing.sub(shown, text)
    return text + "\n"


def test_every_command_works_and_every_answer_is_the_gateways(gateway: Gateway) -> None:
    text = DOC.read_text(encoding="utf-8")
    wrong = []

    def again(block: re.Match[str]) -> str:
        said = pretty(gateway.run(block["command"]))
        if block["answer"] is None:
            return block[0]
        if block["answer"] != said:
            wrong.append((block["command"], said))
        return f"```sh\n{block['command']}```\n\n```json\n{said}```\n"

    written = BLOCK.sub(again, text)
    if os.environ.get("IOC_WRITE_DOCS"):
        DOC.write_text(written, encoding="utf-8")
        return
    assert wrong == []
    assert len(BLOCK.findall(text)) >= 9


def test_the_limits_in_the_page_are_the_defaults() -> None:
    from ioc.catalogue import Limits
    from ioc.gateway.app import BODY_S
    from ioc.gateway.drop import REST
    from ioc.gateway.recent import IDS

    page = DOC.read_text(encoding="utf-8")
    limits = Limits()
    assert (limits.body_bytes, limits.records, limits.per_second) == (1024 * 1024, 5000, 200.0)
    assert f"{IDS:,} events" in page
    assert f"rested for {REST:.0f} s" in page
    assert f"within {BODY_S:.0f} s" in page
