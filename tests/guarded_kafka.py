"""The listener of the real Kafka that asks for a name and password over TLS, and a user who may come in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from kafka.admin import KafkaAdminClient, ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion

from ioc.streams.brokers import Brokers, Login

HOW = ScramMechanism.SCRAM_SHA_512


@dataclass(frozen=True)
class Guarded:
    """Where it is, who vouches for it, and as whom this run of the tests logs in."""

    address: str
    authority: Path
    login: Login

    @property
    def brokers(self) -> Brokers:
        """As a role is given it."""
        return Brokers(self.address, tls=True, authority=self.authority, login=self.login)


def admit(plain: str) -> Login:
    """Make a user through the listener that asks nothing."""
    login = Login(f"test-{uuid4().hex[:8]}", secrets.token_urlsafe(18))
    _alter(plain, UserScramCredentialUpsertion(login.username, HOW, password=login.password.encode()))
    return login


def dismiss(plain: str, login: Login) -> None:
    """The user is gone."""
    _alter(plain, UserScramCredentialDeletion(login.username, HOW))


def _alter(plain: str, wish: object) -> None:
    client = KafkaAdminClient(bootstrap_servers=plain)
    try:
        wrong = {name: said for name, said in client.alter_user_scram_credentials([wish]).items() if said}
    finally:
        client.close()
    if wrong:
        raise RuntimeError(f"Kafka did not change its users: {wrong}")
