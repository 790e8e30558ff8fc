"""A voice call through a webhook: a call machine is told whom to ring and what to read aloud (docs/channels.md).

Signed, guarded and repeated as every webhook of ours; a 2xx means that the machine will ring.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from pydantic import BaseModel, ConfigDict

from ioc.alerts.message import decode
from ioc.ports import Notice
from ioc.sinks import sms_pdu
from ioc.sinks.text_long import voice
from ioc.sinks.webhook import Webhook
from ioc.words import Lang


class Call(BaseModel):
    """What the call machine is posted."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    format: Literal["ioc.voice.v1"] = "ioc.voice.v1"
    """Grows by new fields only."""
    key: str
    """The same on every attempt: ring once."""
    to: str
    """Telephone number, E.164."""
    lang: Lang
    """Language of `text`."""
    text: str
    """To be read aloud, twice."""
    number: str
    """Short number of the alert."""
    reply: str
    """What `1` on the telephone accepts; empty: no answer is asked for."""


class Voice(Webhook):
    """A `Channel`."""

    def body(self, notice: Notice) -> bytes:
        """The call, as JSON."""
        told = decode(notice.body)
        call = Call(
            key=notice.key,
            to=sms_pdu.number(notice.to),
            lang=notice.lang,
            text=voice(told, notice.lang),
            number=told.number,
            reply=told.reply,
        )
        return msgspec.json.encode(call.model_dump())
