import hashlib
import hmac
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.errors import Retryable
from ioc.gateway import guard as guard_module
from ioc.gateway.guard import WINDOW, Guard, Signature
from ioc.gateway.keys import KeyStore, split

NOW = datetime(2026, 5, 14, 3, 0, tzinfo=UTC)
REQUEST = b"POST|/v1/feeds/rain/events"
BODY = b'{"station":"one","rain_mm":1.5}\n'


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "feed-keys.json")


def sign(text: str, *, at: datetime = NOW, nonce: str = "n" * 16, request: bytes = REQUEST, body: bytes = BODY) -> str:
    """The integrator's side, written from the documentation alone."""
    key_id, secret = text.removeprefix("ioc_").split("_", 1)
    ts = int(at.timestamp())
    key = hashlib.sha256(secret.encode()).digest()
    signature = hmac.new(key, request + f"|{ts}|{nonce}|".encode() + body, hashlib.sha256).hexdigest()
    return f"IOC-HMAC-SHA256 id={key_id}, ts={ts}, nonce={nonce}, sig={signature}"


def passes(
    guard: Guard, header: str, *, feed: str = "rain", request: bytes = REQUEST, body: bytes = BODY, now: datetime = NOW
) -> bool:
    found = guard.admit(feed, header, now)
    if isinstance(found, Signature):
        found = guard.verify(feed, found, request, body, now)
    return found is not None


def test_a_signed_request_passes_once(store: KeyStore) -> None:
    guard, key = Guard(store), store.issue("rain", NOW).text
    header = sign(key)

    assert passes(guard, header)
    assert not passes(guard, header)
    assert passes(guard, sign(key, nonce="another-nonce-16"))


@pytest.mark.parametrize(("seconds", "accepted"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_holds_for_300_seconds_either_way(store: KeyStore, seconds: int, *, accepted: bool) -> None:
    key = store.issue("rain", NOW).text

    assert passes(Guard(store), sign(key, at=NOW + timedelta(seconds=seconds))) is accepted


def test_a_replay_is_refused_for_as_long_as_its_time_would_be_taken(store: KeyStore) -> None:
    guard, key = Guard(store), store.issue("rain", NOW).text
    header = sign(key, at=NOW + timedelta(seconds=WINDOW))

    assert passes(guard, header)
    for later in range(0, 2 * WINDOW + 1, 50):
        assert not passes(guard, header, now=NOW + timedelta(seconds=later))


def test_another_feeds_key_signs_nothing_here(store: KeyStore) -> None:
    guard, key, other = Guard(store), store.issue("rain", NOW).text, store.issue("snow", NOW).text
    own, foreign = split(key), split(other)
    assert own
    assert foreign

    assert not passes(guard, sign(other))
    assert not passes(guard, sign(f"ioc_{own[0]}_{foreign[1]}"))
    assert not passes(guard, sign(f"ioc_{foreign[0]}_{own[1]}"))
    assert not passes(guard, f"Bearer {other}")
    assert passes(guard, sign(key))


def test_a_signature_belongs_to_its_method_path_and_body(store: KeyStore) -> None:
    guard, key = Guard(store), store.issue("rain", NOW).text

    assert not passes(guard, sign(key), request=b"GET|/v1/feeds/rain/events")
    assert not passes(guard, sign(key), request=b"POST|/v1/feeds/rain/events?x=1")
    assert not passes(guard, sign(key), body=BODY + b"\n")
    assert not passes(guard, sign(key), body=b"")
    twisted = b"POST|/v1/feeds/rain/events|1|2"
    assert not passes(guard, sign(key, request=twisted), request=twisted)
    assert passes(guard, sign(key))


def test_a_thousand_flipped_bits_open_nothing(store: KeyStore) -> None:
    guard, key = Guard(store), store.issue("rain", NOW).text
    seeded = random.Random(20260514)
    accepted = []
    for nth in range(1000):
        for kind in ("header", "body", "request", "bearer"):
            header = f"Bearer {key}" if kind == "bearer" else sign(key, nonce=f"nonce-{nth:012d}")
            place = "header" if kind == "bearer" else kind
            parts = {"header": header.encode(), "body": BODY, "request": REQUEST}
            raw = bytearray(parts[place])
            raw[seeded.randrange(len(raw))] ^= 1 << seeded.randrange(8)
            parts[place] = bytes(raw)
            if passes(guard, parts["header"].decode("latin-1"), request=parts["request"], body=parts["body"]):
                accepted.append((kind, raw))

    assert accepted == []


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.5, 0.99], ids="{:.0%} of it".format)
def test_a_header_that_was_cut_opens_nothing(store: KeyStore, kept: float) -> None:
    guard, key = Guard(store), store.issue("rain", NOW).text
    for header in (sign(key), f"Bearer {key}"):
        assert not passes(guard, header[: int(kept * len(header))])


def test_nonces_are_bounded_and_the_sender_is_asked_to_wait(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "NONCES", 3)
    guard, key = Guard(store), store.issue("rain", NOW).text
    for nth in range(3):
        assert passes(guard, sign(key, nonce=f"nonce-{nth:012d}"))

    with pytest.raises(Retryable) as caught:
        passes(guard, sign(key, nonce="one-too-many-0000"))
    assert caught.value.retry_after == WINDOW
    later = NOW + timedelta(seconds=2 * WINDOW + 1)
    assert passes(guard, sign(key, at=later, nonce="one-too-many-0000"), now=later)
