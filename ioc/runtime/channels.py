"""The ways to people that the settings name, each ready to send."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ioc.ports import Channel, Clock
from ioc.settings import Settings, read_secret
from ioc.settings.channels import Sms
from ioc.sinks.apprise import People
from ioc.sinks.modem import Modem
from ioc.sinks.smpp import Smpp
from ioc.sinks.smpp_session import Login
from ioc.sinks.sms_http import Described, Gateway
from ioc.sinks.text_sms import Form
from ioc.sinks.voice import Voice
from ioc.sinks.webhook import Webhook


def to_people(settings: Settings, clock: Clock) -> dict[str, Channel]:
    """Channel by the name that routes use; raises Permanent for a secret or an address that is none."""
    known = settings.channels
    found: dict[str, Channel] = {}
    sms = _sms(known.sms, clock)
    if sms is not None:
        found["sms"] = sms
    if known.voice.url is not None and known.voice.secret_file is not None:
        key = _secret(known.voice.secret_file).encode()
        found["voice"] = Voice(known.voice.url, key, clock, allow_private=known.voice.allow_private)
    if known.mail.address_file is not None:
        found["mail"] = People(_secret(known.mail.address_file), "mail")
    if known.zalo.address_file is not None:
        found["zalo"] = People(_secret(known.zalo.address_file), "chat")
    if known.telegram.address_file is not None and known.telegram.permitted:
        found["telegram"] = People(_secret(known.telegram.address_file), "chat")
    return found


async def close(channels: Mapping[str, Channel]) -> None:
    """Let go of ports and connections."""
    for channel in channels.values():
        if isinstance(channel, Modem | Smpp | Webhook):
            await channel.close()


def _sms(given: Sms, clock: Clock) -> Channel | None:
    form = Form(given.coding, given.parts)
    if given.via == "modem":
        return Modem(given.modem.device, form, baud=given.modem.baud, per_minute=given.per_minute)
    if given.via == "smpp" and given.smpp.password_file is not None:
        to = given.smpp
        login = Login(to.host, to.port, to.user, _secret(given.smpp.password_file), to.tls)
        return Smpp(login, form, sender=to.sender)
    if given.via == "http" and given.http.url is not None:
        way = given.http
        described = Described(way.body, way.fields, way.headers, way.answer, way.taken, way.refused, way.reference)
        secret = _secret(way.secret_file) if way.secret_file is not None else ""
        return Gateway(given.http.url, secret, described, form, clock, allow_private=way.allow_private)
    return None


def _secret(file: Path) -> str:
    return read_secret(file).get_secret_value()
