"""How Kafka's brokers are reached: plainly on one machine, over TLS elsewhere, with a name and password only over TLS."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ioc.errors import Permanent

Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]


@dataclass(frozen=True)
class Login:
    """A name that the brokers know, and its password."""

    username: str
    password: str = field(repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"


@dataclass(frozen=True)
class Brokers:
    """`bootstrap` is `host:port`, several joined by commas.

    A login without TLS cannot be said: one that is given turns TLS on. `authority` is a PEM file of those who may
    vouch for a broker; None takes those of the machine.
    """

    bootstrap: str
    tls: bool = False
    authority: Path | None = None
    login: Login | None = None

    def __str__(self) -> str:
        return self.bootstrap

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        """TLS 1.2 or newer, the broker's certificate and name judged; raises Permanent where the file is none."""
        if not (self.tls or self.login):
            return None
        try:
            found = ssl.create_default_context(cafile=self.authority)
        except OSError as error:  # an SSLError is one
            raise Permanent("kafka_authority", file=self.authority, reason=type(error).__name__) from error
        found.minimum_version = ssl.TLSVersion.TLSv1_2
        return found


Bootstrap = str | Brokers
"""Where a plain text suffices: brokers of this machine or of a closed network."""


def addresses(at: Bootstrap) -> list[str]:
    """`host:port` of each broker that is asked first."""
    return [one.strip() for one in str(at).split(",")]


def options(at: Bootstrap) -> Mapping[str, Any]:
    """What a client of aiokafka or of kafka-python is given: both call these things by the same names."""
    given: dict[str, Any] = {"bootstrap_servers": addresses(at)}
    if isinstance(at, str) or at.context is None:
        return given
    given |= {"security_protocol": "SSL", "ssl_context": at.context}
    if at.login:
        given |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": at.login.mechanism,
            "sasl_plain_username": at.login.username,
            "sasl_plain_password": at.login.password,
        }
    return given
