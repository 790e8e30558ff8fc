"""`feeds/*.yaml` (one feed each) and `heat.yaml` -> Catalogue, or every mistake with its file and line."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ioc.adapters import ADAPTERS, DOMAIN_OF
from ioc.catalogue import Catalogue, Feed, KnownHeat
from ioc.settings.document import Document, plain, read_document, shown
from ioc.settings.mistake import ConfigMistakes, Mistake, described, nearest
from ioc.settings.shipped import shipped
from ioc.settings.toml import model_in

Model = TypeVar("Model", bound=BaseModel)
FILES = 1000
"""Feed files in one directory; a province has tens of integrators."""


class HeatFile(BaseModel):
    """What `heat.yaml` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    heat: tuple[KnownHeat, ...]


def load_catalogue(feeds: Path | None = None, heat: Path | None = None, *, demo: bool | None = None) -> Catalogue:
    """Read the directory of feed files and the file of known heat sources; None takes the shipped ones.

    `demo` says whether the built-in province runs: only what is fed can be missed, so the sources of the other kind
    of feed (demo feeds without it, real ones with it) lose their `expected`. None leaves the files' word.
    Raises ConfigMistakes.
    """
    folder, heat_file = feeds or shipped("feeds"), heat or shipped("heat.yaml")
    wrong: list[Mistake] = []
    read: list[tuple[Document, Feed]] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        said = Mistake(file=shown(folder), code="unread", values={"why": error.strerror or ""})
        raise ConfigMistakes([said]) from None
    if len(paths) > FILES:
        wrong.append(Mistake(file=shown(folder), code="too_many_files", values={"limit": str(FILES)}))
        paths = []
    for path in paths:
        found = read_model(path, Feed, wrong)
        if found:
            read.append(found)
            wrong += _judged(path, *found)
    wrong += _twice(read)
    warm = read_model(heat_file, HeatFile, wrong)
    if wrong:
        raise ConfigMistakes(wrong)
    return Catalogue(feeds=tuple(_waited_for(feed, demo) for _, feed in read), heat=warm[1].heat if warm else ())


def load_feed(path: Path) -> Feed:
    """One feed file alone; raises ConfigMistakes."""
    wrong: list[Mistake] = []
    found = read_model(path, Feed, wrong)
    if found:
        wrong += _judged(path, *found)
    if found is None or wrong:
        raise ConfigMistakes(wrong)
    return found[1]


def _waited_for(feed: Feed, demo: bool | None) -> Feed:
    if demo is None or feed.demo == demo:
        return feed
    return feed.model_copy(
        update={"sources": tuple(source.model_copy(update={"expected": False}) for source in feed.sources)}
    )


def read_model(path: Path, model: type[Model], wrong: list[Mistake]) -> tuple[Document, Model] | None:
    """One file as that model; what is wrong with it is added to `wrong`."""
    try:
        document = read_document(path)
    except ConfigMistakes as error:
        wrong += error.mistakes
        return None
    try:
        return document, model.model_validate(plain(document.tree))
    except ValidationError as error:
        said = set()
        for loc, code, values in described(error, lambda at: _known(model, at)):
            place = _place(document.tree, loc)
            if place not in said:
                said.add(place)
                wrong.append(document.mistake(place, code, **values))
        return None


def _known(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    found: type[BaseModel] | None = model
    for step in path:
        field = found.model_fields.get(str(step)) if found else None
        if field:
            found = model_in(field.annotation)
    return list(found.model_fields) if found else []


def _place(tree: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Pydantic's path without the names of union members it went through."""
    kept: list[str | int] = []
    node = tree
    for nth, step in enumerate(loc):
        last = nth == len(loc) - 1
        if isinstance(node, dict) and (step in node or last):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            continue
        kept.append(step)
    return tuple(kept)


def _judged(path: Path, document: Document, feed: Feed) -> Iterator[Mistake]:
    """What one feed says that cannot be."""
    if feed.name != path.stem:
        yield document.mistake(("name",), "name_of_file", given=feed.name, expected=path.stem)
    if feed.adapter not in ADAPTERS:
        near = nearest(feed.adapter, ADAPTERS)
        code = "adapter_near" if near else "adapter"
        yield document.mistake(("adapter",), code, given=feed.adapter, expected=near or ", ".join(sorted(ADAPTERS)))
    elif DOMAIN_OF[feed.adapter] != feed.domain:
        yield document.mistake(("domain",), "domain_of_adapter", given=feed.domain, expected=DOMAIN_OF[feed.adapter])
    if not _is_zone(feed.zone):
        yield document.mistake(("zone",), "zone", given=feed.zone)
    for place, schedule in (
        (("schedule",), feed.schedule),
        *((("sources", n, "schedule"), source.schedule) for n, source in enumerate(feed.sources)),
    ):
        if schedule and schedule.lost_after <= schedule.late_after:
            yield document.mistake(
                (*place, "lost"), "lost_before_late", given=str(schedule.lost_after), limit=str(schedule.late_after)
            )
    for nth, source in enumerate(feed.sources):
        if (source.lat is None) != (source.lon is None):
            yield document.mistake(("sources", nth), "half_place", given=source.id)


def _is_zone(text: str) -> bool:
    try:
        datetime.strptime(text, "%z")
    except ValueError:
        try:
            zoneinfo.ZoneInfo(text)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return False
    return True


def _twice(read: list[tuple[Document, Feed]]) -> Iterator[Mistake]:
    """Feed names and source ids that stand twice over all files, senders' names that stand twice in one feed."""
    first: dict[tuple[str, str], str] = {}
    for document, feed in read:
        entries: list[tuple[tuple[str | int, ...], str, str]] = [(("name",), "feed", feed.name)]
        entries += [(("sources", n, "id"), "source", source.id) for n, source in enumerate(feed.sources)]
        entries += [
            (("sources", n, "names", m), f"name in {feed.name}", name)
            for n, source in enumerate(feed.sources)
            for m, name in enumerate(source.names)
            if name != source.id
        ]
        for place, kind, name in entries:
            where = f"{document.file}:{document.line(place)}"
            if first.setdefault((kind, name), where) != where:
                yield document.mistake(place, "stands_twice", given=name, where=first[kind, name])
