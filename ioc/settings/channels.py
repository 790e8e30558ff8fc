"""By what people are reached: SMS, calls, mail, chat. Who is told what by which of them stands in the file of routes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from ioc.settings.kinds import FROZEN, HttpUrl, Port, refused


class Modem(BaseModel):
    """A GSM modem on the desk's machine."""

    model_config = FROZEN
    device: str = "/dev/ttyUSB0"
    """Serial device. `/dev/serial/by-id/...` stays the same after a restart."""
    baud: Annotated[int, Field(ge=300, le=4_000_000)] = 115_200
    """Bits per second; USB modems do not care."""


class Smpp(BaseModel):
    """A carrier's SMS centre (SMPP 3.4)."""

    model_config = FROZEN
    host: str = ""
    """Name or address of the centre."""
    port: Port = 2775
    """TCP port. Default: the one registered for SMPP."""
    user: str = ""
    """`system_id` that the carrier gave."""
    password_file: Path | None = None
    """File with its password (at most 8 characters, says SMPP)."""
    sender: str = ""
    """Number or brand name that people see."""
    tls: bool = False
    """Whether the centre is reached by TLS. Default no: carriers offer a closed line."""


class SmsGateway(BaseModel):
    """A provider's HTTP gateway, as its manual describes it (docs/channels.md)."""

    model_config = FROZEN
    url: HttpUrl | None = None
    """Where to post."""
    secret_file: Path | None = None
    """File with the key; a second line where there are two."""
    body: Literal["json", "form"] = "json"
    """How the fields are written."""
    fields: dict[str, str | list[str]] = {}
    """Field -> text with `{to}`, `{to_plain}`, `{text}`, `{key}`, `{secret}`, `{secret_2}`."""
    headers: dict[str, str] = {}
    """Header -> text with the same slots."""
    answer: str = ""
    """Where the outcome stands in a JSON answer (`data.code`). Default none: any 2xx is well."""
    taken: tuple[str, ...] = ()
    """Outcomes that mean taken."""
    refused: tuple[str, ...] = ()
    """Outcomes that refuse this very message; all others are tried again."""
    reference: str = ""
    """Where the message's id stands."""
    allow_private: bool = False
    """Whether `url` may lie in a private network or use plain HTTP. Default no."""


class Sms(BaseModel):
    """SMS; `via` says which way."""

    model_config = FROZEN
    via: Literal["modem", "smpp", "http"] | None = None
    """`modem` needs no internet. Default none: no SMS leaves."""
    coding: Literal["gsm7", "ucs2"] = "gsm7"
    """`gsm7`: without diacritics, 160 letters a part; `ucs2`: with them, 70. Default: the whole text in one part."""
    parts: Annotated[int, Field(ge=1, le=3)] = 1
    """Parts that a message may take. Default 1: what is cut is what matters least."""
    per_minute: Annotated[int, Field(ge=1, le=600)] = 10
    """SMS that a modem gives to the network in a minute. Default 10: what a SIM bears for hours."""
    modem: Modem = Modem()
    smpp: Smpp = Smpp()
    http: SmsGateway = SmsGateway()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        when = f"channels.sms.via = {self.via}"
        asked = {
            "smpp": (("smpp.host", self.smpp.host), ("smpp.password_file", self.smpp.password_file)),
            "http": (("http.url", self.http.url), ("http.fields", self.http.fields)),
        }
        for name, value in asked.get(self.via or "", ()):
            if not value:
                raise refused("needs", missing=f"channels.sms.{name}", when=when)
        return self


class Voice(BaseModel):
    """A machine that rings and reads aloud."""

    model_config = FROZEN
    url: HttpUrl | None = None
    """Where each call is posted. Default none: nobody is rung."""
    secret_file: Path | None = None
    """File with the secret that signs each post; needed with `url`."""
    allow_private: bool = False
    """Whether `url` may lie in a private network or use plain HTTP. Default no."""

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.url is not None and self.secret_file is None:
            raise refused("needs", missing="channels.voice.secret_file", when="channels.voice.url")
        return self


class Mail(BaseModel):
    """Mail, by Apprise."""

    model_config = FROZEN
    address_file: Path | None = None
    """File with an Apprise address (`mailtos://...`) in which `{to}` stands for the person's. Default none."""


class Zalo(BaseModel):
    """Zalo, by Apprise."""

    model_config = FROZEN
    address_file: Path | None = None
    """File with an Apprise address (`zalo://...`) in which `{to}` stands for the person's. Default none."""


class Telegram(BaseModel):
    """Telegram, by Apprise."""

    model_config = FROZEN
    address_file: Path | None = None
    """File with an Apprise address (`tgram://...`) in which `{to}` stands for the person's. Default none."""
    permitted: bool = False
    """Whether it may be used here. Default no: ordered blocked in Viet Nam on 2025-05-21."""

    @model_validator(mode="after")
    def _allowed(self) -> Self:
        if self.address_file is not None and not self.permitted:
            raise refused("needs", missing="channels.telegram.permitted = true", when="channels.telegram.address_file")
        return self


class Channels(BaseModel):
    """All of them; names are those that the file of routes uses."""

    model_config = FROZEN
    sms: Sms = Sms()
    voice: Voice = Voice()
    mail: Mail = Mail()
    zalo: Zalo = Zalo()
    telegram: Telegram = Telegram()

    def secret_files(self) -> dict[str, Path | None]:
        """Secrets that are in use: dotted field -> file."""
        sms = self.sms
        return {
            "channels.sms.smpp.password_file": sms.smpp.password_file if sms.via == "smpp" else None,
            "channels.sms.http.secret_file": sms.http.secret_file if sms.via == "http" else None,
            "channels.voice.secret_file": self.voice.secret_file if self.voice.url else None,
            "channels.mail.address_file": self.mail.address_file,
            "channels.zalo.address_file": self.zalo.address_file,
            "channels.telegram.address_file": self.telegram.address_file,
        }
