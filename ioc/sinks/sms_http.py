"""SMS through a provider's HTTP gateway, as the settings describe it: address, fields, what its answer means.

Nothing of a provider is in the code. The secret comes from a file and stands where the description puts it; the address
is guarded as every address that we post to (`ioc.sinks.webhook`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple
from urllib.parse import urlencode

import msgspec

from ioc.alerts.message import decode
from ioc.errors import Permanent, Retryable
from ioc.ports import Clock, Notice, Receipt
from ioc.sinks import sms_pdu
from ioc.sinks.text_sms import Form, sms
from ioc.sinks.webhook import Webhook

_SLOT: Final = re.compile(r"\{(to|to_plain|text|key|secret|secret_2)\}")
Template = str | list[str]


class Described(NamedTuple):
    """How one provider wants it.

    Templates hold `{to}` (E.164), `{to_plain}` (without +), `{text}`, `{key}`, `{secret}`, `{secret_2}` (the second
    line of the secret's file).
    """

    body: Literal["json", "form"]
    fields: Mapping[str, Template]
    headers: Mapping[str, str] = {}
    answer: str = ""
    """Where in a JSON answer the outcome stands (`CodeResult`, `data.status`); empty: any 2xx is well."""
    taken: Sequence[str] = ()
    """Outcomes that mean taken."""
    refused: Sequence[str] = ()
    """Outcomes that say something of this message; all others are asked again."""
    reference: str = ""
    """Where the message's id stands."""


class Gateway(Webhook):
    """A `Channel`."""

    def __init__(
        self, url: str, secret: str, described: Described, form: Form, clock: Clock, *, allow_private: bool = False
    ) -> None:
        super().__init__(url, secret.encode(), clock, allow_private=allow_private)
        self._described, self._form = described, form
        self._secrets = [*secret.splitlines(), "", ""]

    def body(self, notice: Notice) -> bytes:
        """The provider's fields."""
        values = self._values(notice)
        fields = {name: _filled(given, values) for name, given in self._described.fields.items()}
        if self._described.body == "json":
            return msgspec.json.encode(fields)
        return urlencode(fields, doseq=True).encode()

    def headers(self, notice: Notice, body: bytes) -> dict[str, str]:
        """The provider's headers, and our key."""
        del body
        values = self._values(notice)
        kind = "application/json" if self._described.body == "json" else "application/x-www-form-urlencoded"
        given = {name: str(_filled(text, values)) for name, text in self._described.headers.items()}
        return {"Content-Type": kind, "Idempotency-Key": notice.key, **given}

    def taken(self, answer: bytes) -> Receipt | None:
        """A 2xx that carries the provider's own outcome."""
        known = self._described
        if not known.answer and not known.reference:
            return None
        try:
            tree: object = msgspec.json.decode(answer)
        except msgspec.DecodeError:
            raise Retryable("sms_gateway_answer", retry_after=60) from None
        if known.answer:
            outcome = _at(tree, known.answer)
            if outcome in known.refused:
                raise Permanent("sms_refused", outcome=outcome[:40])
            if outcome not in known.taken:
                raise Retryable("sms_gateway_status", outcome=outcome[:40], retry_after=30)
        reference = _at(tree, known.reference) if known.reference else ""
        return Receipt(reference[:128]) if reference else None

    def _values(self, notice: Notice) -> dict[str, str]:
        to = sms_pdu.number(notice.to)
        return {
            "to": to,
            "to_plain": to.lstrip("+"),
            "text": sms(decode(notice.body), notice.lang, self._form),
            "key": notice.key,
            "secret": self._secrets[0],
            "secret_2": self._secrets[1],
        }


def _filled(template: Template, values: Mapping[str, str]) -> Template:
    """Slots filled once: what a value holds is never taken for a slot."""
    if isinstance(template, list):
        return [str(_filled(one, values)) for one in template]
    return _SLOT.sub(lambda slot: values[slot[1]], template)


def _at(tree: object, path: str) -> str:
    """The text at a dotted path; empty where there is none."""
    for step in path.split("."):
        tree = tree.get(step) if isinstance(tree, dict) else None
    return "" if tree is None or isinstance(tree, dict | list) else str(tree)
