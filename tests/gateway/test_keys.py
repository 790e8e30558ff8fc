import fcntl
import json
import multiprocessing
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.errors import Permanent
from ioc.gateway.keys import KeyStore, digest_of, split

NOW = datetime(2026, 5, 14, 3, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "data" / "feed-keys.json")


def test_a_key_opens_its_own_feed_only(store: KeyStore) -> None:
    issued = store.issue("rain", NOW)

    assert store.bearer("rain", issued.text) == issued.key
    assert store.bearer("snow", issued.text) is None
    assert store.bearer("rain", issued.text[:-1] + ("A" if issued.text[-1] != "A" else "B")) is None
    assert store.bearer("rain", "") is None


def test_without_a_file_nobody_comes_in(store: KeyStore) -> None:
    assert store.active() == []
    assert store.bearer("rain", f"ioc_{'0' * 12}_{'A' * 43}") is None
    assert store.signed("rain", "", [b"x"], "0" * 64) is None


def test_the_file_holds_no_key_and_is_its_owners_alone(store: KeyStore) -> None:
    issued = store.issue("rain", NOW)
    parts = split(issued.text)
    assert parts is not None
    written = store.path.read_text(encoding="utf-8")

    assert parts[1] not in written
    assert digest_of(parts[1]) in written
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert parts[1] not in repr(issued.key)
    assert [path.name for path in store.path.parent.iterdir() if path.name.startswith(".")] == []


def test_two_keys_are_active_for_rotation_and_a_third_is_refused(store: KeyStore) -> None:
    old, new = store.issue("rain", NOW), store.issue("rain", NOW + timedelta(days=1))

    with pytest.raises(Permanent) as caught:
        store.issue("rain", NOW)
    assert caught.value.code == "keys_full"
    assert [key.id for key in store.active("rain")] == [old.key.id, new.key.id]

    store.revoke("rain", old.key.id)
    assert store.bearer("rain", old.text) is None
    assert store.bearer("rain", new.text) == new.key
    assert store.issue("rain", NOW).key.feed == "rain"


def test_a_key_is_revoked_under_its_own_feed_only(store: KeyStore) -> None:
    issued = store.issue("rain", NOW)

    with pytest.raises(Permanent) as caught:
        store.revoke("snow", issued.key.id)
    assert caught.value.code == "key_unknown"
    assert store.bearer("rain", issued.text)


def test_a_running_gateway_sees_what_another_process_wrote(store: KeyStore) -> None:
    running = KeyStore(store.path)
    assert running.active() == []

    issued = store.issue("rain", NOW)
    assert running.bearer("rain", issued.text) == issued.key
    store.revoke("rain", issued.key.id)
    assert running.bearer("rain", issued.text) is None


def demo(store: KeyStore, *feeds: str) -> dict[str, str]:
    path = store.provide_demo(feeds, NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return read


def test_the_built_in_province_finds_its_keys_again_after_a_restart(store: KeyStore) -> None:
    first = demo(store, "weather", "stations")

    assert demo(KeyStore(store.path), "weather", "stations") == first
    assert all(store.bearer(feed, text) for feed, text in first.items())


def test_demo_keys_change_with_their_feeds_and_leave_others_alone(store: KeyStore) -> None:
    kept = [store.issue("weather", NOW), store.issue("weather", NOW)]
    first = demo(store, "weather", "stations")
    second = demo(store, "weather")

    assert store.bearer("weather", first["weather"]) is None
    assert store.bearer("stations", first["stations"]) is None
    assert store.bearer("weather", second["weather"])
    assert all(store.bearer("weather", one.text) for one in kept)


def test_without_the_built_in_province_its_keys_open_nothing(store: KeyStore) -> None:
    store.end_demo()
    assert not store.path.exists()
    kept, keys = store.issue("weather", NOW), demo(store, "weather")
    store.end_demo()

    assert store.bearer("weather", keys["weather"]) is None
    assert store.bearer("weather", kept.text)
    assert list(store.path.parent.glob("demo*")) == []


def test_a_key_file_that_others_can_read_opens_nothing(store: KeyStore) -> None:
    issued = store.issue("rain", NOW)
    store.path.chmod(0o640)

    with pytest.raises(Permanent) as caught:
        KeyStore(store.path).bearer("rain", issued.text)
    assert caught.value.code == "secret_open"


@pytest.mark.parametrize(
    "text", ["", "{}x", '{"keys": [{"id": 1}]}', '{"keys": [{"id":"a","feed":"b","digest":"zz"}]}']
)
def test_a_damaged_key_file_opens_nothing(store: KeyStore, text: str) -> None:
    store.path.parent.mkdir()
    store.path.write_text(text, encoding="utf-8")
    store.path.chmod(0o600)

    with pytest.raises(Permanent) as caught:
        store.active()
    assert caught.value.code == "keys_damaged"


def test_a_writer_waits_for_another(store: KeyStore) -> None:
    store.issue("rain", NOW)
    writer = threading.Thread(target=store.issue, args=("snow", NOW))
    with store.path.with_suffix(".lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        assert [key.feed for key in store.active()] == ["rain"]
    writer.join(10)
    assert [key.feed for key in store.active()] == ["rain", "snow"]


def _issue(path: Path, feed: str) -> None:
    KeyStore(path).issue(feed, NOW)


def test_two_processes_at_once_lose_no_key(store: KeyStore) -> None:
    context = multiprocessing.get_context("spawn")
    feeds = [f"feed-{n}" for n in range(3)]
    running = [context.Process(target=_issue, args=(store.path, feed)) for feed in feeds]
    for process in running:
        process.start()
    for process in running:
        process.join(60)

    assert sorted(key.feed for key in store.active()) == feeds
