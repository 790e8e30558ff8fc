from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.settings import ConfigMistakes, Settings, dump, load, variable
from ioc.settings.toml import leaves
from ioc.words import LANGS, texts


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ioc.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path | None, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigMistakes) as caught:
        load(path, environ or {})
    assert len(caught.value.sentences("vi")) == len(caught.value.mistakes)
    return [sentence.replace(f"{path}", "ioc.toml") for sentence in caught.value.sentences("en")]


def test_nothing_given_is_the_embedded_product(tmp_path: Path) -> None:
    settings = load(None, {})

    assert settings.kafka.bootstrap == "127.0.0.1:9092"
    assert settings.history.kind == "sqlite"
    assert settings.desk.url.startswith("sqlite:////")
    assert settings.console.host == settings.gateway.host == "127.0.0.1"
    assert settings.language == "vi"


def test_files_without_a_place_of_their_own_go_to_the_data_directory(tmp_path: Path) -> None:
    settings = load(written(tmp_path, 'data = "kept"\n[desk]\nurl = "postgresql+psycopg://ioc@db/ioc"\n'), {})

    assert settings.data == tmp_path / "kept"
    assert settings.history.sqlite.path == tmp_path / "kept" / "history.sqlite"
    assert settings.gateway.keys_file == tmp_path / "kept" / "feed-keys.json"
    assert settings.desk.url == "postgresql+psycopg://ioc@db/ioc"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[kafka]\nbootstrap = "one:9092"\npartitions = 6\n[gateway]\nport = 1\n')

    settings = load(path, {"IOC_KAFKA_BOOTSTRAP": "two:9092,three:9092", "IOC_GATEWAY_PORT": "9000", "HOME": "/"})

    assert settings.kafka.bootstrap == "two:9092,three:9092"
    assert settings.kafka.partitions == 6
    assert settings.gateway.port == 9000


def test_ioc_settings_names_the_file_and_an_argument_comes_first(tmp_path: Path) -> None:
    named = written(tmp_path, 'language = "en"\n')
    other = tmp_path / "other.toml"
    other.write_text("[kafka]\npartitions = 3\n", encoding="utf-8")

    assert load(None, {"IOC_SETTINGS": str(named)}).language == "en"
    assert load(other, {"IOC_SETTINGS": str(named)}).language == "vi"


def test_other_ioc_variables_are_none_of_ours(tmp_path: Path) -> None:
    assert load(None, {"IOC_REQUIRE": "services", "IOC_SEED": "1", "IOC_DATA": str(tmp_path)}).data == tmp_path


CASES = {
    "a key that is not known names the nearest one": (
        "[kafka]\npartitons = 3\n",
        ["ioc.toml, line 2: kafka.partitons is not known; did you mean partitions?"],
    ),
    "a key that resembles nothing is only not known": (
        "zzz = 1\n",
        ["ioc.toml, line 1: zzz is not known"],
    ),
    "a table that is not known": (
        "[webhok]\nurl = 'https://a.example'\n",
        ["ioc.toml, line 1: webhok is not known; did you mean webhook?"],
    ),
    "text where a number belongs": (
        '[kafka]\npartitions = "many"\n',
        ["ioc.toml, line 2: kafka.partitions must be a whole number, not many"],
    ),
    "a number out of its range": (
        "[kafka]\npartitions = 0\n",
        ["ioc.toml, line 2: kafka.partitions must be 1 or more, not 0"],
    ),
    "a value where a group belongs": (
        "kafka = 3\n",
        ["ioc.toml, line 1: kafka must be a group of keys and values"],
    ),
    "a choice that is none": (
        '[history]\nkind = "mysql"\n',
        ["ioc.toml, line 2: history.kind cannot be mysql; take one of sqlite, influxdb"],
    ),
    "a broker without a port": (
        '[kafka]\nbootstrap = "broker; drop=1"\n',
        ["ioc.toml, line 2: kafka.bootstrap must be host:port, not broker; drop=1"],
    ),
    "InfluxDB without a token": (
        '[history]\nkind = "influxdb"\n',
        ["ioc.toml, line 1: history: influxdb.token_file is missing (needed with kind = influxdb)"],
    ),
    "the console on an open address": (
        '[console]\nhost = "0.0.0.0"\n',
        [
            (
                "ioc.toml, line 1: console: the console opens on this machine only (127.0.0.1) until there are user "
                "accounts, not on 0.0.0.0"
            )
        ],
    ),
    "the gateway on an open address without TLS": (
        '[gateway]\nhost = "::"\n',
        [
            (
                "ioc.toml, line 1: gateway: listening on :: needs tls_cert_file and tls_key_file (or plain = true if a "
                "proxy in front ends TLS)"
            )
        ],
    ),
    "half of TLS": (
        '[gateway]\ntls_cert_file = "cert.pem"\n',
        ["ioc.toml, line 1: gateway: tls_cert_file and tls_key_file go together"],
    ),
    "a login for Kafka without TLS": (
        '[kafka]\nsecurity = "SSL"\nusername = "ioc"\n',
        [
            (
                'ioc.toml, line 1: kafka: a name and password for Kafka travel over TLS only; set security = "SASL_SSL" '
                "(it is SSL)"
            )
        ],
    ),
    "Kafka's own word for a login in the clear": (
        '[kafka]\nsecurity = "SASL_PLAINTEXT"\n',
        ["ioc.toml, line 2: kafka.security cannot be SASL_PLAINTEXT; take one of PLAINTEXT, SSL, SASL_SSL"],
    ),
    "a login for Kafka without a name": (
        '[kafka]\nsecurity = "SASL_SSL"\npassword_file = "password"\n',
        ["ioc.toml, line 1: kafka: kafka.username is missing (needed with security = SASL_SSL)"],
    ),
    "certificates where nothing is encrypted": (
        '[kafka]\nca_file = "ca.pem"\n',
        ["ioc.toml, line 1: kafka: kafka.ca_file means something only where security is SSL or SASL_SSL"],
    ),
    "a password in an address": (
        '[desk]\nurl = "postgresql+psycopg://ioc:canary-7f3a@db/ioc"\n',
        ["ioc.toml, line 2: desk.url holds a password; put it into a file of its own and name that in a *_file field"],
    ),
    "a webhook that nobody signs": (
        '[webhook]\nurl = "https://hook.example/ioc"\n',
        ["ioc.toml, line 1: webhook: secret_file is missing (needed with url)"],
    ),
    "a webhook that is no address": (
        '[webhook]\nurl = "ftp://hook.example"\nsecret_file = "s"\n',
        ["ioc.toml, line 2: webhook.url must be an http:// or https:// address"],
    ),
    "several mistakes at once": (
        "[kafka]\nreplication = 20\n[gateway]\nport = 70000\n",
        [
            "ioc.toml, line 2: kafka.replication must be 9 or less, not 20",
            "ioc.toml, line 4: gateway.port must be 65535 or less, not 70000",
        ],
    ),
    "no TOML": ("[kafka\n", ["ioc.toml, line 1: not valid TOML; look at the brackets and quotes of this line"]),
}


@pytest.mark.parametrize(("text", "sentences"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_one_sentence_with_file_and_line(tmp_path: Path, text: str, sentences: list[str]) -> None:
    assert refused(written(tmp_path, text)) == sentences


def test_a_password_in_an_address_is_not_repeated_anywhere(tmp_path: Path) -> None:
    path = written(tmp_path, '[desk]\nurl = "postgresql+psycopg://ioc:canary-7f3a@db/ioc"\n')
    with pytest.raises(ConfigMistakes) as caught:
        load(path, {})

    said = [*caught.value.sentences("vi"), *caught.value.sentences("en"), str(caught.value), repr(caught.value)]
    assert "canary" not in "".join(said)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


ENVIRONMENTS = {
    "a wrong value": (
        {"IOC_GATEWAY_PORT": "eighty"},
        ["IOC_GATEWAY_PORT: gateway.port must be a whole number, not eighty"],
    ),
    "a misspelt name": (
        {"IOC_KAFKA_BOOTSTARP": "a:1"},
        ["IOC_KAFKA_BOOTSTARP: IOC_KAFKA_BOOTSTARP is not known; did you mean IOC_KAFKA_BOOTSTRAP?"],
    ),
}


def test_the_namespace_of_topics_is_no_setting_and_no_mistake() -> None:
    assert load(None, {"IOC_KAFKA_NAMESPACE": "trial."}) == load(None, {})


@pytest.mark.parametrize(("environ", "sentences"), ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_a_mistake_in_the_environment_names_the_variable(environ: dict[str, str], sentences: list[str]) -> None:
    assert refused(None, environ) == sentences


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.toml") == [
        f"{tmp_path}/none.toml: the file cannot be read (No such file or directory)".replace(
            f"{tmp_path}/none.toml", "ioc.toml"
        )
    ]


def test_a_file_that_is_no_settings(tmp_path: Path) -> None:
    big = written(tmp_path, "#" * 300_000)
    assert refused(big) == ["ioc.toml: the file is larger than 262144 bytes and no configuration"]
    big.write_bytes(b'language = "\xff"\n')
    assert refused(big) == ["ioc.toml: the file is not UTF-8; save it as UTF-8"]


def test_paths_in_the_file_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[paths]\nrules = "rules"\nheat = "/etc/ioc/heat.yaml"\n'), {})

    assert settings.paths.rules == tmp_path / "rules"
    assert settings.paths.heat == Path("/etc/ioc/heat.yaml")


def test_every_field_says_its_unit_its_default_and_why() -> None:
    bare = {".".join(path) for path, field in leaves() if not field.description}

    assert bare == set()
    assert len({variable(path) for path, _ in leaves()}) == len(list(leaves()))


def test_every_sentence_has_both_languages() -> None:
    assert all(set(texts()[key]) == set(LANGS) for key in texts() if key.startswith("config."))


@given(
    language=st.sampled_from(["vi", "en"]),
    partitions=st.integers(1, 1024),
    org=st.text(max_size=30),
    data=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=30),
    plain=st.booleans(),
)
def test_what_is_dumped_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, language: str, partitions: int, org: str, data: str, *, plain: bool
) -> None:
    folder = tmp_path_factory.mktemp("dump")
    settings = Settings.model_validate(
        {
            "language": language,
            "data": f"/{data}",
            "kafka": {"partitions": partitions},
            "history": {"influxdb": {"org": org}},
            "gateway": {"plain": plain},
        }
    )

    assert load(written(folder, dump(settings)), {}) == settings
