"""What a history may do beside keeping events: rollups, and what walls are told (alerts, lists, how everything stands).

The doors that do are asked for by these promises; a history that only keeps events is whole without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from ioc.alerts.alert import Transition
from ioc.events import Domain, Severity
from ioc.ports import Refusal, Step
from ioc.words import Lang


@runtime_checkable
class Rollups(Protocol):
    """A history that also keeps windows of five minutes and of an hour, longer than the events themselves."""

    async def roll(self) -> int:
        """Work out the windows that are due, the oldest first and a bounded number of them; how many it were.

        A window is due some 90 s after its end, and again whenever something was written into it. Working one out again
        changes nothing. Raises as `History.write`.
        """
        ...

    async def rolled(
        self,
        domain: Domain,
        source: str,
        quantity: str,
        *,
        since: datetime,
        until: datetime,
        step_s: Literal[300, 3600],
    ) -> Sequence[Step]:
        """What `History.series` of live data says of whole windows in [since, until), as far as they are worked out."""
        ...


class Waiting(NamedTuple):
    """How many alerts of one severity nobody has accepted; `oldest_at` is when the oldest was stored, None without any."""

    severity: Severity
    alerts: int
    oldest_at: datetime | None


class Standing(NamedTuple):
    """A feed against its own schedule: 0 on time, 1 late, 2 lost; None where nobody knows (yet)."""

    feed: str
    title: str
    domain: Domain
    state: Literal[0, 1, 2] | None
    heard_at: datetime | None
    expected_at: datetime | None


class AirPoint(NamedTuple):
    """The hourly VN_AQI of one station: 0 to 500, and the pollutant that decides."""

    source: str
    at: datetime
    value: int
    pollutant: str
    line: Mapping[Lang, str] = {}
    """What stands beside the number on a wall: the station's name, the band's, the pollutant's."""


class Listed(NamedTuple):
    """One line of a list that walls show, ready to be read.

    `figure` begins with a sign that also decides its colour
    (◆ ▲ ■ ● the severities, ✔ well, ◔ late, ✖ lost, ? nobody knows, — nothing), `line` says what it is of.
    """

    figure: Mapping[Lang, str]
    line: Mapping[Lang, str]


class Health(NamedTuple):
    """How the pipeline itself does: what its processes' own counters say since the telling before.

    None is what nobody could say; a role is there by the Unix time in seconds at which its process began.
    """

    per_s: float | None
    """Records judged by intake per second."""
    behind_s: float | None
    """Age of the newest record that was judged against the newest tick, of the part that is furthest behind."""
    latency_s: float | None
    """Seconds from the judgement of the newest alert to the desk's keeping it."""
    fates: Mapping[str, int]
    """Records by fate since the telling before."""
    roles: Mapping[str, int]


@runtime_checkable
class AlertHistory(Protocol):
    """A history that also keeps how alerts changed, for walls that ask nobody else.

    The embedded door is none: there the console asks the desk, which keeps every alert in the same process.
    """

    async def tell(self, transitions: Sequence[Transition]) -> Sequence[Refusal]:
        """Return when each change is kept or refused; telling one again changes nothing. Raises as `History.write`."""
        ...

    async def stand(self, at: datetime, waiting: Sequence[Waiting], feeds: Sequence[Standing]) -> None:
        """Keep how the desk and the feeds stand at a moment. Raises as `History.write`."""
        ...

    async def air(self, points: Sequence[AirPoint]) -> None:
        """Keep indices of the air; one told again replaces what it was. Raises as `History.write`."""
        ...

    async def show(self, at: datetime, boards: Mapping[str, Sequence[Listed]]) -> None:
        """Keep these lists, by name, as they are at a moment. Raises as `History.write`."""
        ...

    async def health(self, at: datetime, health: Health) -> None:
        """Keep how the pipeline does at a moment. Raises as `History.write`."""
        ...
