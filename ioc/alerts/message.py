"""What a person is told: the facts of one message, from which each channel makes its own text.

The desk decides who is told what and when; a channel only puts these facts into the words and the length it can carry
(SMS, chat, mail, voice), in the recipient's language. Facts are fixed when the message is made, so that every attempt
under the same key says the same.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ioc.alerts.alert import Kind, Status, Texts
from ioc.events.envelope import Certainty, Severity

Occasion = Literal[
    "alert",
    "update",
    "ended",
    "escalated",
    "repeat",
    "group",
    "digest",
    "receipt",
    "overdue",
    "unowned",
    "answer",
]
"""Why somebody is told now.

alert: it began, or this person is the first in turn · update: severity or verification changed · ended: the all-clear ·
escalated: nobody accepted in time, this person is next · repeat: still nobody · group: several alerts of one incident or
commune in one message · digest: the summary of a storm · receipt: what a silence or a storm hid · overdue: a hand-over
came back · unowned: a shift without an owner · answer: what became of a reply (`subject`).
"""
Verification = Literal["unverified", "verified", "unreachable", "false"]
"""What people found: chưa xác minh, đã xác minh, không liên lạc được, báo nhầm."""


class Tally(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Figures of a message about many alerts; times are epoch ms, [since, until)."""

    since: int
    until: int
    alerts: int = 0
    """New alerts in the span, all that the message stands for."""
    incidents: int = 0
    extreme: int = 0
    """Told one by one, never only counted."""
    unaccepted: int = 0
    oldest: int | None = None
    """When the oldest of the unaccepted began."""
    still_firing: int = 0
    by_severity: dict[str, int] = {}
    places: tuple[Texts, ...] = ()
    """The communes with most alerts, the worst first."""
    numbers: tuple[str, ...] = ()
    """Short numbers of the alerts, the worst first; never more than a channel can show."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message to one person. `number` is said aloud (`#4821`, `#D017`) and stands first in every text.

    `at` is the time of the event, never of the sending (epoch ms). Texts are language -> text.
    """

    occasion: Occasion
    number: str = ""
    alert_id: str = ""
    """One thread per alert: mail's References, a chat message that is edited in place."""
    revision: int = 0
    severity: Severity = "minor"
    certainty: Certainty = "possible"
    verification: Verification = "unverified"
    status: Status = "firing"
    drill: bool = False
    """DIỄN TẬP comes first in every text; nobody is sent out."""
    replay: str = ""
    domain: str = ""
    rule: str = ""
    kind: Kind | None = None
    title: Texts = {}
    why: Texts = {}
    place: Texts = {}
    """Commune and former district; empty where no place is known."""
    lat: float | None = None
    lon: float | None = None
    at: int = 0
    opened_at: int = 0
    step: Texts = {}
    """The first thing to do."""
    call: Texts = {}
    """Whom to call."""
    reply: str = ""
    """Number to send back behind the code: `4821` in `1 4821` (accept), `9 4821` (false alarm); empty: no answer asked."""
    accepted_by: str = ""
    accepted_at: int | None = None
    waited_min: int = 0
    """escalated, repeat: minutes that nobody has accepted."""
    media: tuple[str, ...] = ()
    tally: Tally | None = None
    subject: Texts = {}
    """receipt: what the silence covered; unowned: which shift."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Message)


def encode(message: Message) -> bytes:
    """Bytes as the outbox keeps them (`ioc.ports.Notice.body` of a message to a person)."""
    return _encoder.encode(message)


def decode(raw: bytes) -> Message:
    """The message in the body of a notice to a person; raises msgspec.DecodeError."""
    return _decoder.decode(raw)
