"""Whoever should be told and cannot be, at this moment: what the screens say in red, on every page, until it is mended."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ioc.alerts.routing import Routing
from ioc.desk import messages, rota, watched
from ioc.desk.tables import NoticeRow


class Untold(NamedTuple):
    """`alerts`: a step of their chain reached nobody; `notices`: wait for a channel that is not set up here."""

    alerts: int = 0
    notices: int = 0
    duties: tuple[str, ...] = ()
    """Duties that the chains tell and for which nobody can be reached now."""
    empty: bool = False
    """Nobody is on any duty, and nobody ever was."""

    @property
    def any(self) -> bool:
        """Whether there is something to say."""
        return bool(self.alerts or self.notices or self.duties or self.empty)


def untold(session: Session, routing: Routing, channels: Collection[str], now: int) -> Untold:
    """What cannot be told now; `channels` are all that are set up, those to people among them."""
    ways = [name for name in routing.file.channels if name in channels]
    known = rota.rota(session, now)
    told = sorted({duty for chain in routing.file.chains.values() for step in chain.steps for duty in step.tell})
    lost = select(func.count()).where(
        NoticeRow.state == "waiting", NoticeRow.channel.not_in([*channels, watched.CHANNEL])
    )
    return Untold(
        alerts=len(messages.unreachable(session)),
        notices=session.execute(lost).scalar_one(),
        duties=tuple(rota.unreachable(known, rota.people(session, ways), told, now)),
        empty=not any(known.responsible(duty, now) for duty in told),
    )
