"""Secrets lie in files of their own, readable by their owner alone; nothing else ever holds one in the clear."""

from __future__ import annotations

import stat
from pathlib import Path

from pydantic import SecretStr

from ioc.errors import Permanent

SIZE = 16 * 1024
"""Bytes; a key, token or password is far shorter, so a wrong path (a log, a disk image) is noticed."""


def judge_secret(path: Path) -> str | None:
    """What is wrong with a secret's file (words key `config.<code>`), or None; the content is not read."""
    try:
        found = path.stat()
    except OSError:
        return "secret_absent"
    if not stat.S_ISREG(found.st_mode):
        return "secret_absent"
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return "secret_open"
    return "secret_size" if not 0 < found.st_size <= SIZE else None


def read_secret(path: Path) -> SecretStr:
    """The file's text without surrounding white space; raises Permanent that names the file, never its content."""
    wrong = judge_secret(path)
    if wrong:
        raise Permanent(wrong, file=path)
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Permanent("secret_unread", file=path) from None
    if not text:
        raise Permanent("secret_size", file=path)
    return SecretStr(text)
