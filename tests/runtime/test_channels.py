"""docs/channels.md as it stands is settings that give channels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ioc.errors import Permanent
from ioc.runtime.channels import to_people
from ioc.settings import ConfigMistakes, load
from ioc.sinks.modem import Modem
from ioc.sinks.smpp import Smpp
from ioc.sinks.sms_http import Gateway
from ioc.sinks.voice import Call
from tests.desk.made import Clock

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SECRETS = {
    "smpp.password": "secret",
    "sms.secret": "one\ntwo",
    "voice.secret": "secret",
    "mail.address": "mailtos://user:password@smtp.example/?from=ioc@example.vn&to={to}",
    "zalo.address": "zalo://12345678901234567890:abcdefghijklmnopqrstuvwxyz/{to}",
    "telegram.address": "tgram://123456789:abcdefghijklmnopqrstuvwxyz012345678/{to}",
}


def settings(folder: Path, text: str) -> Path:
    for name, secret in SECRETS.items():
        (folder / name).write_text(secret, encoding="utf-8")
        (folder / name).chmod(0o600)
    file = folder / "ioc.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("via", "kind"), [("modem", Modem), ("smpp", Smpp), ("http", Gateway)], ids=["modem", "smpp", "http"]
)
async def test_the_examples_are_settings_that_give_channels(tmp_path: Path, via: str, kind: type) -> None:
    chosen = [one for one in EXAMPLES if not one.startswith("[channels.sms.http]")]
    text = "\n".join([*chosen, EXAMPLES[3]]).replace('via = "modem"', f'via = "{via}"')
    found = to_people(load(settings(tmp_path, text), {}), Clock())
    assert isinstance(found["sms"], kind)
    assert set(found) == {"sms", "voice", "mail", "zalo", "telegram"}


def test_the_second_shape_of_a_gateway_is_settings_too(tmp_path: Path) -> None:
    text = '[channels.sms]\nvia = "http"\n' + EXAMPLES[4]
    assert isinstance(to_people(load(settings(tmp_path, text), {}), Clock())["sms"], Gateway)


@pytest.mark.parametrize(
    "text",
    [
        '[channels.telegram]\naddress_file = "telegram.address"',
        '[channels.sms]\nvia = "smpp"',
        '[channels.sms]\nvia = "http"',
        '[channels.voice]\nurl = "https://calls.example/"',
        '[channels.sms]\nvia = "pigeon"',
        '[channels.mail]\naddress_file = "nowhere"',
    ],
)
def test_half_a_channel_stops_the_start_with_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigMistakes):
        load(settings(tmp_path, text), {})


def test_an_address_without_a_place_for_the_person_is_refused(tmp_path: Path) -> None:
    file = settings(tmp_path, '[channels.mail]\naddress_file = "mail.address"')
    (tmp_path / "mail.address").write_text("mailtos://a:b@smtp.example/", encoding="utf-8")
    with pytest.raises(Permanent, match="way_without_to"):
        to_people(load(file, {}), Clock())


def test_nothing_set_gives_no_channel(tmp_path: Path) -> None:
    assert to_people(load(settings(tmp_path, ""), {}), Clock()) == {}


def test_the_table_of_a_call_is_the_model() -> None:
    names = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert names == set(Call.model_fields)
