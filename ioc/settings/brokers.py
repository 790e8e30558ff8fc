"""`[kafka]` -> how brokers are reached, with the password out of its file."""

from __future__ import annotations

from ioc.settings.secret import read_secret
from ioc.settings.tree import Kafka
from ioc.streams.brokers import Bootstrap, Brokers, Login


def brokers(kafka: Kafka) -> Bootstrap:
    """Raises Permanent for a password file that cannot be read."""
    if kafka.security == "PLAINTEXT":
        return kafka.bootstrap
    login = None
    if kafka.username and kafka.password_file:
        password = read_secret(kafka.password_file).get_secret_value()
        login = Login(kafka.username, password, kafka.mechanism)
    return Brokers(kafka.bootstrap, tls=True, authority=kafka.ca_file, login=login)
