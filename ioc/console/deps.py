"""What the console's pages are given: one desk, one history, the catalogue and the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ioc.alerts.routing import Routing
from ioc.catalogue import Catalogue
from ioc.desk.desk import Desk
from ioc.places.boundaries import Boundaries
from ioc.ports import History
from ioc.words import Lang


@dataclass(frozen=True)
class Deps:
    """Everything a page may read; `channels` are the names of the outbox's channels, `language` a visitor's first."""

    desk: Desk
    history: History
    catalogue: Catalogue
    boundaries: Boundaries
    channels: Sequence[str] = ()
    language: Lang = "vi"
    simulated: bool = False
    """Whether the built-in province speaks: every page then says so."""
    routing: Routing | None = None
    """Whom alerts go to; None where nobody is told by this desk."""
