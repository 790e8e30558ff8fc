"""Keys of feeds: made once, shown once, kept only as hashes; two may be active so that a sender changes without a gap.

A key reads `ioc_<id>_<secret>`. The file keeps SHA-256 of the secret: 256 random bits need no slow hash. Signed
requests use that hash as their HMAC key, so whoever steals the file can sign, though not send the key itself; the file
is therefore refused when anybody but its owner can read it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from ioc.errors import Permanent
from ioc.events.envelope import iso

ACTIVE = 2
"""Keys a feed may have at once: the old one and its successor."""
ID_BYTES = 6
SECRET_BYTES = 32
DEMO = "demo"
"""Note on keys that the built-in province uses."""
DEMO_FILE = "demo-keys.json"
"""Beside the key file, while the built-in province runs: feed -> key as written; its owner's alone."""
_KEY = re.compile(r"ioc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


class Key(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One active key as the file keeps it; `digest` is SHA-256 of the secret in hex."""

    id: str
    feed: str
    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    created_at: str
    note: str = ""


class _File(msgspec.Struct, frozen=True):
    keys: tuple[Key, ...] = ()


class Issued(msgspec.Struct, frozen=True):
    """A key just made: `text` is what the integrator gets, and it is shown this one time."""

    key: Key
    text: str


def digest_of(secret: str) -> str:
    """SHA-256 of a secret in hex: what the file keeps, and the HMAC key of signed requests (as 32 bytes)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split(text: str) -> tuple[str, str] | None:
    """Id and secret of a key as written, None where it is none."""
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else None


_NOBODY = Key(id="", feed="", digest=digest_of(secrets.token_urlsafe(SECRET_BYTES)), created_at="")


def _made(feed: str, now: datetime, note: str) -> Issued:
    secret, key_id = secrets.token_urlsafe(SECRET_BYTES), secrets.token_hex(ID_BYTES)
    key = Key(id=key_id, feed=feed, digest=digest_of(secret), created_at=iso(now), note=note)
    return Issued(key, f"ioc_{key_id}_{secret}")


class KeyStore:
    """The file of hashed keys. Reading notices when another process has written it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: Mapping[str, Key] = {}

    def active(self, feed: str | None = None) -> list[Key]:
        """Active keys, oldest first; raises Permanent for a file that others can read or that is damaged."""
        self._refresh()
        return [key for key in self._keys.values() if feed is None or key.feed == feed]

    def bearer(self, feed: str, text: str) -> Key | None:
        """The key that was sent, if it is one of that feed's; takes as long when it is not."""
        parts = split(text)
        key = self._of(feed, parts[0] if parts else "")
        same = hmac.compare_digest(digest_of(parts[1] if parts else ""), key.digest)
        return key if same and key is not _NOBODY else None

    def signed(self, feed: str, key_id: str, message: Iterable[bytes], signature: str) -> Key | None:
        """The key whose holder signed the message (its parts, joined), if it is one of that feed's."""
        key = self._of(feed, key_id)
        made = hmac.new(bytes.fromhex(key.digest), digestmod=hashlib.sha256)
        for part in message:
            made.update(part)
        same = hmac.compare_digest(made.hexdigest().encode(), signature.encode("utf-8", "replace"))
        return key if same and key is not _NOBODY else None

    def issue(self, feed: str, now: datetime, note: str = "") -> Issued:
        """Make a key for a feed; raises Permanent `keys_full` while two are active."""
        made = _made(feed, now, note)
        with self._writing() as keys:
            active = [one for one in keys.values() if one.feed == feed and one.note != DEMO]
            if len(active) >= ACTIVE:
                raise Permanent("keys_full", feed=feed, ids=", ".join(one.id for one in active))
            keys[made.key.id] = made.key
        return made

    def revoke(self, feed: str, key_id: str) -> None:
        """End a key at once; raises Permanent `key_unknown`."""
        with self._writing() as keys:
            if key_id not in keys or keys[key_id].feed != feed:
                raise Permanent("key_unknown", feed=feed, id=key_id)
            del keys[key_id]

    def provide_demo(self, feeds: Iterable[str], now: datetime) -> Path:
        """See that the built-in province has a key for each of these feeds, in the file that is given back.

        Keys of an earlier start stay when all of them still open, so a gateway that restarts locks nobody out.
        """
        wanted = list(feeds)
        path = self.path.with_name(DEMO_FILE)
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError):
            kept = {}
        if kept.keys() != set(wanted) or not all(self.bearer(feed, text) for feed, text in kept.items()):
            made = {feed: _made(feed, now, DEMO) for feed in wanted}
            self._replace_demo([one.key for one in made.values()])
            texts = {feed: one.text for feed, one in made.items()}
            write_private(path, msgspec.json.format(msgspec.json.encode(texts), indent=1))
        return path

    def end_demo(self) -> None:
        """End the built-in province's keys, if there are any."""
        self.path.with_name(DEMO_FILE).unlink(missing_ok=True)
        if any(key.note == DEMO for key in self.active()):
            self._replace_demo([])

    def _replace_demo(self, new: Iterable[Key]) -> None:
        with self._writing() as keys:
            for key_id in [one.id for one in keys.values() if one.note == DEMO]:
                del keys[key_id]
            keys.update({one.id: one for one in new})

    def _of(self, feed: str, key_id: str) -> Key:
        self._refresh()
        key = self._keys.get(key_id, _NOBODY)
        return key if key.feed == feed else _NOBODY

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen == self._seen:
            return
        if found.st_mode & 0o077:
            raise Permanent("secret_open", file=self.path)
        try:
            read = msgspec.json.decode(self.path.read_bytes(), type=_File)
        except (OSError, ValueError, msgspec.MsgspecError):
            raise Permanent("keys_damaged", file=self.path) from None
        self._keys = {key.id: key for key in read.keys}
        self._seen = seen

    @contextlib.contextmanager
    def _writing(self) -> Iterator[dict[str, Key]]:
        """The keys to change, under a lock that other processes see; written whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._refresh()
            keys = dict(self._keys)
            yield keys
            write_private(self.path, msgspec.json.format(msgspec.json.encode(_File(tuple(keys.values()))), indent=1))
            self._refresh()
        finally:
            os.close(lock)


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place that only its owner can read, whole or not at all."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
