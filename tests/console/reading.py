"""A page as a machine reads it: texts, links, forms, and everything that a strict policy would refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "img"})
ADDRESSES = frozenset({"href", "src", "action", "formaction", "data", "poster", "srcset"})


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Parses on creation."""

    source: str
    tags: list[Tag] = field(default_factory=list)
    stack: list[Tag] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        assert not self.stack, f"tags that never end: {[tag.name for tag in self.stack]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(found)
        if tag not in VOID:
            self.stack.append(found)

    def handle_endtag(self, tag: str) -> None:
        ended = self.stack.pop()
        assert ended.name == tag, f"</{tag}> ends <{ended.name}>"

    def handle_data(self, data: str) -> None:
        for tag in self.stack:
            tag.text += data

    @property
    def text(self) -> str:
        """All visible text."""
        return " ".join(tag.text for tag in self.tags if tag.name == "body")

    def find(self, id_: str) -> Tag:
        """The element of that id."""
        (found,) = [tag for tag in self.tags if tag.attributes.get("id") == id_]
        return found

    def all(self, class_: str) -> list[Tag]:
        """Elements of that class."""
        return [tag for tag in self.tags if class_ in tag.attributes.get("class", "").split()]

    def refused_by_policy(self) -> list[str]:
        """What `script-src 'self'; style-src 'self'` would not run or load."""
        found = []
        for tag in self.tags:
            found += [f"{tag.name} {name}" for name in tag.attributes if name.startswith("on") or name == "style"]
            if (tag.name == "script" and tag.text.strip()) or tag.name in {"style", "iframe", "object", "base"}:
                found.append(f"<{tag.name}>")
        return found

    def outside(self) -> list[str]:
        """Addresses that leave this server."""
        given = [v for tag in self.tags for k, v in tag.attributes.items() if k in ADDRESSES]
        return [a for a in given if not a.startswith(("/", "#", "tel:")) or a.startswith("//")]
