"""Files that arrive in a directory, as stations send them by FTP: `<drop>/<feed>/<file>`.

A file is taken when neither its size nor its time has changed for `REST` seconds. Afterwards it lies in
`<feed>/done/<day>/`, or in `<feed>/rejected/<day>/` when none of its records could be taken; a file `<name>.why` beside
it says what was refused. While Kafka cannot take records, files stay where they are. A file that grew while it was
read, or that was published and not yet moved when the gateway was killed, is taken again: ids come from content, so
that counts once.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import stat
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ioc.adapters.sentences import reason_text
from ioc.catalogue import Feed
from ioc.errors import Retryable
from ioc.events import Fate
from ioc.events.envelope import clip
from ioc.gateway.receive import Received, Receiver
from ioc.words import LANGS, say

EVERY = 1.0
"""Seconds between looks."""
REST = 3.0
"""Seconds without a change after which an upload counts as whole; a station's file is one packet."""
FILES = 200
"""Files taken in one look at one feed, oldest first, so that no feed starves another."""
BYTES = 64 * 1024 * 1024
"""The largest file that is taken."""
WHY_LINES = 500
"""Refused records that a `.why` file names one by one."""
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".why")
LOCAL = timezone(timedelta(hours=7))
_log = logging.getLogger("ioc.gateway")


@dataclass(frozen=True, slots=True)
class _Look:
    size: int
    changed: int
    inode: int


class Drop:
    """Watches one drop directory; `look` does one round and is all that tests need."""

    def __init__(self, root: Path, receiver: Receiver, *, keep_days: int = 14, every: float = EVERY) -> None:
        self.root = root
        self._receiver = receiver
        self._keep = keep_days
        self._every = every
        self._seen: dict[Path, tuple[_Look, datetime]] = {}
        self._stuck: set[Path] = set()
        self._pruned: str = ""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            wait = self._every
            try:
                await self.look()
            except Retryable as error:
                wait = error.retry_after
            except Exception:  # noqa: BLE001 - one odd file must not close the door for all
                _log.exception("looking at the drop directory %s", self.root)
                wait = 10.0
            await asyncio.sleep(wait)

    async def look(self) -> int:
        """Take the files that have come to rest; give how many. Raises Retryable when Kafka cannot take them."""
        taken = 0
        now = self._receiver.clock.now()
        found: dict[Path, tuple[_Look, datetime]] = {}
        for feed in self._receiver.catalogue.feeds:
            folder = self.root / feed.name
            room = FILES
            for path, seen in await asyncio.to_thread(_oldest_first, folder):
                before, since = self._seen.get(path, (None, now))
                if before != seen:
                    since = now
                if (now - since).total_seconds() < REST or room == 0:
                    found[path] = seen, since
                    continue
                room -= 1
                if await self._tried(feed, path, seen):
                    taken += 1
                else:
                    found[path] = seen, since
        self._seen = found
        self._stuck = {path for path in self._stuck if path in found or path.parent == self.root}
        await asyncio.to_thread(self._strangers)
        await asyncio.to_thread(self._prune)
        return taken

    def _strangers(self) -> None:
        """Tell once of folders that belong to no feed: what is dropped there is never taken."""
        with contextlib.suppress(OSError):
            for folder in self.root.iterdir():
                if folder.name not in self._receiver.catalogue.by_feed and folder not in self._stuck:
                    _log.warning("nothing is taken from %s: there is no such feed", clip(str(folder), 200))
                    self._stuck.add(folder)

    async def _tried(self, feed: Feed, path: Path, seen: _Look) -> bool:
        """Take one file; one that cannot be read or moved stays, and is told of once."""
        try:
            return await self._take(feed, path, seen)
        except FileNotFoundError:
            return False
        except OSError as error:
            if path not in self._stuck:
                _log.warning("file %s stays where it is: %s", clip(str(path), 200), error.strerror or error)
                self._stuck.add(path)
            return False

    async def _take(self, feed: Feed, path: Path, seen: _Look) -> bool:
        why = _Why(path.name)
        raw = await asyncio.to_thread(_read, path)
        if raw is None:
            why.whole(**{lang: say("gateway.file_size", lang, limit=BYTES) for lang in LANGS})
        else:
            async for received in self._receiver.receive_in_parts(feed, raw, name=path.name):
                why.add(received)
        if _look(await asyncio.to_thread(path.lstat)) != seen:
            return False
        await asyncio.to_thread(self._put_away, path, why)
        _log.info("file %s of feed %s: %s", clip(path.name, 120), feed.name, dict(why.fates))
        return True

    def _put_away(self, path: Path, why: _Why) -> None:
        folder = self._day(path.parent, "rejected" if why.refused_whole else "done")
        name = path.name
        for nth in range(2, 1000):
            if not (folder / name).exists():
                break
            name = f"{path.stem}~{nth}{path.suffix}"
        path.replace(folder / name)
        if why.lines:
            (folder / f"{name}.why").write_text(why.text(), encoding="utf-8")

    def _day(self, parent: Path, kind: str) -> Path:
        folder = parent / kind
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise OSError(f"{folder} is a link")
        day = folder / self._receiver.clock.now().astimezone(LOCAL).strftime("%Y-%m-%d")
        day.mkdir(exist_ok=True)
        return day

    def _prune(self) -> None:
        """Once a day: files that were put away longer ago than they are kept."""
        today = self._receiver.clock.now().astimezone(LOCAL)
        if self._pruned == today.strftime("%Y-%m-%d"):
            return
        self._pruned = today.strftime("%Y-%m-%d")
        oldest = (today - timedelta(days=self._keep)).strftime("%Y-%m-%d")
        for feed in self._receiver.catalogue.feeds:
            for kind in ("done", "rejected"):
                folder = self.root / feed.name / kind
                if folder.is_dir() and not folder.is_symlink():
                    for day in folder.iterdir():
                        if _is_day(day.name) and day.name < oldest and not day.is_symlink():
                            shutil.rmtree(day, ignore_errors=True)


class _Why:
    """What one file came to, in bounded memory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fates: Counter[Fate] = Counter()
        self.lines: list[str] = []
        self._more = 0
        self._unreadable = False

    @property
    def refused_whole(self) -> bool:
        """Whether not one record could be taken."""
        return self._unreadable or (self.fates["rejected"] > 0 and self.fates["rejected"] == self.fates.total())

    def add(self, received: Received) -> None:
        """One part's fates and reasons."""
        self.fates.update(received.counts)
        if received.unreadable is not None:
            error = received.unreadable
            self.whole(**{lang: say(error.key, lang, **error.values) for lang in LANGS})
            return
        for outcome in received.outcomes:
            for rejected in outcome.rejected:
                if len(self.lines) >= WHY_LINES:
                    self._more += 1
                    continue
                said = " / ".join(reason_text(rejected, lang) for lang in LANGS)
                self.lines.append(f"{rejected.record}\t{rejected.field}\t{rejected.code}\t{said}")

    def whole(self, vi: str, en: str) -> None:
        """The file as a whole is refused."""
        self._unreadable = True
        self.lines.append(f"{vi} / {en}")

    def text(self) -> str:
        """The file beside the file."""
        total = self.fates.total()
        head = [f"# {say('gateway.why', lang, name=clip(self.name, 120), total=total)}" for lang in LANGS]
        fates = "# " + ", ".join(f"{fate} {count}" for fate, count in self.fates.items() if count)
        tail = [f"… +{self._more}"] if self._more else []
        return "\n".join([*head, fates, *self.lines, *tail]) + "\n"


def _look(found: os.stat_result) -> _Look:
    return _Look(found.st_size, found.st_mtime_ns, found.st_ino)


def _oldest_first(folder: Path) -> list[tuple[Path, _Look]]:
    """Plain files that lie there, links and unfinished ones left out."""
    files: list[tuple[Path, _Look]] = []
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return files
    for entry in entries:
        if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED):
            continue
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(found.st_mode):
            files.append((Path(entry.path), _look(found)))
    return sorted(files, key=lambda one: (one[1].changed, one[0].name))


def _read(path: Path) -> bytes | None:
    """The content; None where there is more than we take. What was put in its place since we looked is not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no plain file any more", str(path))
        raw = stream.read(BYTES + 1)
    return raw if len(raw) <= BYTES else None


def _is_day(name: str) -> bool:
    try:
        datetime.strptime(name, "%Y-%m-%d")  # noqa: DTZ007 - only its form is asked
    except ValueError:
        return False
    return True
