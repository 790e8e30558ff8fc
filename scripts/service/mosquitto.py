"""Mosquitto, the MQTT broker, as Debian packs it."""

import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from service.daemon import Daemon
from service.place import Say, folder, secret, write_secret
from service.programs import program, run

USER = "ioc"

# Sessions and retained messages survive a restart, as at a real site.
CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {passwords}
persistence true
persistence_location {data}/
log_dest stderr
log_type error
log_type warning
log_type notice
"""


class Mosquitto(Daemon):
    """Address, user name and the file with the password in IOC_MQTT*."""

    name = "mosquitto"
    about = "Mosquitto, an MQTT broker that asks for a password"
    default_port = 11883

    def install(self, say: Say) -> None:
        program("mosquitto", "mosquitto", say, "/usr/sbin")

    @property
    def configuration(self) -> Path:
        return folder("data", self.name) / "mosquitto.conf"

    def prepare(self, say: Say) -> None:
        data = folder("data", self.name)
        passwords = write_secret(data / "passwords", f"{USER}:{secret('mosquitto-password').read_text('utf-8')}\n")
        hasher = program("mosquitto_passwd", "mosquitto", say)
        run([hasher, "-U", str(passwords)], "mosquitto-passwords")
        text = CONFIGURATION.format(port=self.port, passwords=passwords, data=data)
        if os.geteuid() == 0:
            # It would change to a user who cannot read this folder.
            text += "user root\n"
        self.configuration.write_text(text, "utf-8")

    def command(self) -> Sequence[str]:
        return [program("mosquitto", "mosquitto", Say(self.name), "/usr/sbin"), "-c", str(self.configuration)]

    def answers(self) -> bool:
        return accepts(self.port, USER, secret("mosquitto-password").read_text("utf-8"))

    def environment(self) -> dict[str, str]:
        return {
            "IOC_MQTT": f"127.0.0.1:{self.port}",
            "IOC_MQTT_USERNAME": USER,
            "IOC_MQTT_PASSWORD_FILE": str(secret("mosquitto-password")),
        }


def accepts(port: int, user: str, password: str) -> bool:
    """Log in once with MQTT 3.1.1: CONNECT for a clean session; CONNACK's fourth byte 0 means accepted."""
    fields = ("ioc-services", user, password)
    payload = b"".join(struct.pack(">H", len(field)) + field.encode("utf-8") for field in fields)
    # Protocol name and level 4, flags user name + password + clean session, keep-alive 10 s.
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a" + payload
    with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
        connection.sendall(b"\x10" + bytes([len(body)]) + body)
        answer = b""
        while len(answer) < 4:
            part = connection.recv(4 - len(answer))
            if not part:
                return False
            answer += part
        connection.sendall(b"\xe0\x00")
    return answer[0] == 0x20 and answer[3] == 0
