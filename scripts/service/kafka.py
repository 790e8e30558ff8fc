"""Apache Kafka 3.9.1 as one KRaft node, from the jars on Maven Central."""

import base64
import secrets
import shutil
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from service.daemon import Daemon
from service.place import Say, folder
from service.programs import program, run

VERSION = "3.9.1"
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"

# One node, so every internal topic has one replica; small tables, since tests hold little.
# Group time-outs may be as short as 1 s, so that tests of a frozen worker need not wait long.
# What a topic's records are stamped with is left to the topics themselves.
# Who may log in at the guarded listener is for a test to say: it makes its users through the plain one.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{guarded}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://localhost:{guarded}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={identity}
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs={logs}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
log.segment.delete.delay.ms=1000
"""


class Kafka(Daemon):
    """Bootstrap address in IOC_KAFKA; in IOC_GUARDED_KAFKA that of SASL over TLS, who vouches for it in IOC_GUARDED_KAFKA_CA."""

    name = "kafka"
    about = f"Apache Kafka {VERSION}, one KRaft node; the controller and SASL over TLS take the next two ports"
    default_port = 19092

    @property
    def jars(self) -> Path:
        return folder("software") / f"kafka-{VERSION}"

    @property
    def properties(self) -> Path:
        return folder("data", self.name) / "server.properties"

    @property
    def authority(self) -> Path:
        return folder("data", self.name) / "authority.pem"

    def install(self, say: Say) -> None:
        program("openssl", "openssl", say)
        program("java", "default-jre-headless", say)
        if self.jars.exists():
            return
        maven = program("mvn", "maven", say)
        say(f"fetching Apache Kafka {VERSION} from Maven Central")
        arriving = self.jars.with_suffix(".part")
        shutil.rmtree(arriving, ignore_errors=True)
        names = Path(__file__).with_name("kafka.xml")
        run(
            [
                *(maven, "--batch-mode", "--strict-checksums", "--file", str(names), COPY_DEPENDENCIES),
                *("-DincludeScope=runtime", f"-DoutputDirectory={arriving}"),
            ],
            "kafka-fetch",
        )
        arriving.rename(self.jars)

    def prepare(self, say: Say) -> None:
        logs = folder("data", self.name, "logs")
        identity = self.identity()
        ports = {"port": self.port, "controller": self.port + 1, "guarded": self.port + 2}
        self.properties.write_text(PROPERTIES.format(**ports, logs=logs, identity=identity), "utf-8")
        if not (logs / "meta.properties").exists():
            cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")
            # An id that begins with a dash would be read as an option.
            cluster = f"i{cluster[1:]}"
            run(
                self.java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self.properties)),
                "kafka-format",
            )

    def identity(self) -> Path:
        """Key and certificate in one file; made out to this machine alone, vouched for by itself."""
        found = folder("data", self.name) / "identity.pem"
        if found.exists() and self.authority.exists():
            return found
        key = found.with_suffix(".key")
        run(
            [
                *(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "3650",
                    "-subj",
                    "/CN=localhost",
                ),
                *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(self.authority)),
            ],
            "kafka-identity",
        )
        found.touch(mode=0o600)
        found.write_text(key.read_text("ascii") + self.authority.read_text("ascii"), "ascii")
        key.unlink()
        return found

    def java(self, *arguments: str) -> list[str]:
        java = shutil.which("java") or "java"
        return [
            *(java, "-Xms256m", "-Xmx768m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"),
            *("-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
            *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.log.kafka.server=info"),
            *("-cp", f"{self.jars}/*", *arguments),
        ]

    def command(self) -> Sequence[str]:
        return self.java("kafka.Kafka", str(self.properties))

    def answers(self) -> bool:
        return brokers_in_service(self.port) > 0

    def environment(self) -> dict[str, str]:
        return {
            "IOC_KAFKA": f"127.0.0.1:{self.port}",
            "IOC_GUARDED_KAFKA": f"localhost:{self.port + 2}",
            "IOC_GUARDED_KAFKA_CA": str(self.authority),
        }


def brokers_in_service(port: int) -> int:
    """Ask for the cluster's metadata and count its brokers; a fenced broker, still starting, is not listed.

    Kafka protocol, Metadata version 1: the request names no topics; the answer holds a size, the
    correlation id, then an array of brokers.
    """
    client = b"ioc-services"
    request = struct.pack(f">hhih{len(client)}si", 3, 1, 1, len(client), client, 0)
    with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = b""
        while len(answer) < 12:
            part = connection.recv(12 - len(answer))
            if not part:
                return 0
            answer += part
    _size, _correlation, brokers = struct.unpack(">iii", answer)
    return int(brokers)
