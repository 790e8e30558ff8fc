"""Links between our pages lead somewhere: the file is there, and the heading too."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from checks.tree import files

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
FENCE = re.compile(r"^ {0,3}(```+|~~~+).*?^ {0,3}\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def check(root: Path) -> Iterator[str]:
    """One finding per broken link."""
    known = set(files(root))
    folders = {parent for path in known for parent in path.parents}
    for page in sorted(path for path in known if path.suffix == ".md"):
        text = prose(root / page)
        for target in [*LINK.findall(CODE.sub("", text)), *REFERENCE.findall(text)]:
            if SCHEME.match(target):
                continue
            name, _, anchor = unquote(target).partition("#")
            if name.startswith("/"):
                yield f"{page}: the link {target} begins at the root of a machine"
                continue
            there = inside(root, page.parent / name) if name else page
            if there is None or (there not in known and there not in folders):
                yield f"{page}: the link {target} leads to no file of the project"
            elif anchor and there.suffix == ".md" and anchor.lower() not in anchors(root / there):
                yield f"{page}: the link {target} names no heading of {there}"


def inside(root: Path, path: Path) -> Path | None:
    """The path without its dots, relative to the root; None where it leads out of the project."""
    whole = Path(*(root / path).parts)
    plain = Path(unicodedata.normalize("NFC", str(whole.absolute().resolve())))
    return plain.relative_to(root.resolve()) if plain.is_relative_to(root.resolve()) else None


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text("utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings as code hosts make them: lower case, words joined by dashes."""
    text = prose(page)
    found: list[str] = []
    for heading in HEADING.findall(text):
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        same = sum(1 for one in found if one == slug or re.fullmatch(re.escape(slug) + r"-\d+", one))
        found.append(f"{slug}-{same}" if same else slug)
    return frozenset([*found, *(name.lower() for name in ANCHOR.findall(text))])
