"""The gateway on TLS, and what it says of a certificate that is none."""

import shutil
import ssl
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from ioc.errors import Permanent
from ioc.gateway.serve import serve
from ioc.settings import dump, load, load_boundaries, load_catalogue
from tests.gateway.gateway_door import NOW
from tests.gateway.test_serve import PROGRAM

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    key.chmod(0o600)
    return cert, key


def test_with_a_certificate_it_speaks_tls_and_nothing_else(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    path = tmp_path / "ioc.toml"
    path.write_text(
        'data = "data"\n[kafka]\nbootstrap = "127.0.0.1:1"\n[gateway]\nport = 0\n'
        'tls_cert_file = "cert.pem"\ntls_key_file = "key.pem"\n',
        encoding="utf-8",
    )
    path.write_text(dump(load(path, {})), encoding="utf-8")
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = f"127.0.0.1:{int(process.stdout.readline())}"
        try:
            assert httpx.get(f"https://{address}/healthz", verify=trusted).status_code == 503
            with pytest.raises(httpx.TransportError):
                httpx.get(f"http://{address}/healthz")
        finally:
            process.terminate()


async def test_a_certificate_that_is_none_is_one_sentence(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    certificate[0].write_text("no certificate", encoding="utf-8")
    environ = {
        "IOC_DATA": str(tmp_path),
        "IOC_GATEWAY_PORT": "0",
        "IOC_GATEWAY_TLS_CERT_FILE": str(certificate[0]),
        "IOC_GATEWAY_TLS_KEY_FILE": str(certificate[1]),
    }
    config = load(None, environ).gateway
    with pytest.raises(Permanent) as caught:
        await serve(config, load_catalogue(), load_boundaries(), _Clock(), bootstrap="127.0.0.1:1", partitions=4)
    assert caught.value.code == "tls_unusable"


class _Clock:
    def now(self) -> datetime:
        return NOW
