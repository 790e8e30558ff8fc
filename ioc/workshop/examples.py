"""One example of each kind for the reference page: a rule, and a short history that shows how it behaves.

`by` names the step of the picture in seconds; `shows` says what to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Example(NamedTuple):
    """The fields of a rule that its kind is about, and of a case (`ioc.workshop.case`).

    `beside` are the rules whose alerts move it, where no event does.
    """

    rule: str
    case: str
    step: int
    shows: str
    beside: tuple[str, ...] = ()


EXAMPLES: Final[Mapping[str, tuple[Example, ...]]] = {
    "match": (
        Example(
            """
domain: camera
quantity: status
condition: {kind: match, when: {kind: offline}, until: {kind: online}}
severities: {moderate: {}}
hold: 2m
settle: 1m
""",
            "events: [1m kind=offline, 2m kind=online, 6m kind=offline, 14m kind=online]\nuntil: 20m",
            30,
            "With `until` a state stands: the blink at 1m is too short for the hold, the outage from 6m is not.",
        ),
        Example(
            """
domain: netsec
quantity: ids_alert
where: {action: allowed}
condition: {kind: match}
severities: {moderate: {when: {severity: severe}}, severe: {when: {severity: extreme}}}
settle: 5m
""",
            "events: [2m severity=severe action=allowed, 4m severity=extreme action=allowed]\nuntil: 20m",
            30,
            "Without `until` each event speaks for its moment, and the alert ends `settle` after the last.",
        ),
    ),
    "threshold": (
        Example(
            """
domain: environment
quantity: pm25
condition: {kind: threshold, compare: above}
severities: {moderate: {level: 80, clear: 70}, severe: {level: 150, clear: 130}}
hold: 20m
settle: 30m
""",
            "every: 10m\nvalues: 40 60 95 75 40 90 90 90 160 160 170 140 100 90 75 60 60 60 60 40 40",
            600,
            "It must stand for the hold before it rises and for the settle before it falls; 75 is between clear and level and keeps what stands.",
        ),
        Example(
            """
domain: environment
quantity: pm25
condition: {kind: threshold, compare: above, aggregate: mean, window: 1h, min_events: 3}
severities: {moderate: {level: 80, clear: 70}}
""",
            "every: 10m\nvalues: 50 40 50 50 150 50 40 50 110 120 110 90 90 40 30 30 30 30",
            600,
            "One wild reading moves the mean of an hour little; a lasting rise moves it later.",
        ),
    ),
    "count": (
        Example(
            """
domain: camera
quantity: object
where: {kind: [fire, smoke]}
condition: {kind: count, window: 10m}
severities: {moderate: {level: 3, clear: 1}}
""",
            "fields: {kind: smoke, phase: update}\nevents: [0m 0.9, 8m 0.9, 16m 0.9, 24m 0.9, 25m 0.9, 26m 0.9]\nuntil: 45m",
            60,
            "Three within ten minutes, wherever they fall; it ends when fewer than `clear` are left in the window.",
        ),
    ),
    "percentage": (
        Example(
            """
domain: netsec
quantity: ids_alert
condition: {kind: percentage, of: {action: allowed}, window: 10m, min_events: 5}
severities: {moderate: {level: 50, clear: 30}}
""",
            "events:\n  - {at: 0m, action: blocked, times: 10, every: 1m}\n  - {at: 10m, action: allowed, times: 9, every: 1m}\n  - {at: 19m, action: blocked, times: 12, every: 1m}",
            60,
            "How many of the events in the window were let through, in percent.",
        ),
    ),
    "cardinality": (
        Example(
            """
domain: netsec
quantity: ids_alert
condition: {kind: cardinality, field: dest_ip, window: 10m}
severities: {moderate: {level: 4, clear: 2}}
""",
            "events: [0m dest_ip=10.0.0.1, 2m dest_ip=10.0.0.1, 4m dest_ip=10.0.0.2, 6m dest_ip=10.0.0.3, 7m dest_ip=10.0.0.4]\nuntil: 30m",
            60,
            "Different values count once each: the fourth address raises it.",
        ),
    ),
    "change": (
        Example(
            """
domain: environment
quantity: water_level
condition: {kind: change, over: 1h, direction: rise}
severities: {moderate: {level: 0.5, clear: 0.3}}
""",
            "every: 10m\nvalues: 20 20.05 20.1 20.2 20.4 20.7 21 21.2 21.3 21.3 21.3 21.3 21.3 21.3",
            600,
            "The newest reading against the least of the last hour: half a metre within it.",
        ),
    ),
    "spike": (
        Example(
            """
domain: netsec
quantity: ids_alert
condition: {kind: spike, window: 10m, baseline: previous, of: count, min_events: 5}
severities: {moderate: {level: 3, clear: 2}}
""",
            "events:\n  - {at: 0m, times: 20, every: 1m}\n  - {at: 20m, times: 40, every: 10s}\n  - {at: 27m, times: 20, every: 1m}",
            60,
            "Three times as many in ten minutes as in the ten before. What lasts becomes the new usual.",
        ),
    ),
    "flatline": (
        Example(
            """
domain: environment
quantity: pm25
condition: {kind: flatline, for: 1h, within: 0.0, min_events: 6}
severities: {minor: {level: 1}, moderate: {level: 2}}
""",
            "every: 10m\nvalues: 40 42 41 38 38 38 38 38 38 38 38 38 38 38 38 38 38 38 44 43 41",
            600,
            "The same number for an hour, and for two: the sensor is stuck. The first other reading ends it.",
        ),
    ),
    "new_value": (
        Example(
            """
domain: netsec
quantity: ids_alert
condition: {kind: new_value, field: src_ip, learn: 1h, window: 1d}
severities: {minor: {}}
settle: 30m
""",
            "events: [0m src_ip=10.0.0.1, 20m src_ip=10.0.0.2, 1h30m src_ip=10.0.0.1, 2h src_ip=10.0.0.9, 2h50m src_ip=10.0.0.9]\nuntil: 4h",
            300,
            "In the first hour addresses are only learned; at 2h one comes that was never seen.",
        ),
    ),
    "sequence": (
        Example(
            """
domain: camera
quantity: status
condition: {kind: sequence, first: {kind: open}, then: {kind: offline}, within: 5m}
severities: {severe: {}}
settle: 10m
""",
            "events: [1m kind=open, 12m kind=offline, 20m kind=open, 23m kind=offline]\nuntil: 40m",
            60,
            "The first pair is too far apart; the second is three minutes.",
        ),
        Example(
            """
domain: camera
quantity: status
condition: {kind: sequence, first: {kind: open}, then: {kind: closed}, within: 5m, missing: true}
severities: {moderate: {}}
settle: 10m
""",
            "events: [1m kind=open, 3m kind=closed, 10m kind=open, 30m kind=closed]\nuntil: 50m",
            60,
            "With `missing` the open door that nobody closed: told when its time is up and the feed's lateness has passed.",
        ),
    ),
    "absence": (
        Example(
            """
domain: environment
condition: {kind: absence, period: lost}
severities: {minor: {level: 1}, moderate: {level: 3}}
""",
            "schedule: {every: 10m, lost: 30m}\nevents: [0m, 10m, 20m, 30m, 2h30m, 2h40m]\nuntil: 3h",
            300,
            "Silence for the time in the catalogue, and for three times that; the next event ends it.",
        ),
    ),
    "near": (
        Example(
            """
domain: hotspot
where: {rule: hot}
condition: {kind: near, with: {domain: camera, where: {rule: smoke}}, km: 5, minutes: 30}
severities: {severe: {}}
settle: 1h
""",
            """events:
  - 0m domain=hotspot value=20
  - 1h domain=camera quantity=object kind=smoke phase=new lat=21.62
  - 2h domain=hotspot value=20
  - 2h10m domain=camera quantity=object kind=smoke phase=new lat=21.62
  - 4h domain=camera quantity=object kind=smoke phase=new lat=21.7
  - 4h10m domain=hotspot value=20
until: 5h""",
            600,
            "An hour between a hotspot and smoke is too long; ten minutes and 2 km are near enough; 11 km are too far. "
            "Two rules of one domain each, `hot` and `smoke`, tell the alerts that it compares.",
            (
                """
id: hot
domain: hotspot
quantity: fire_frp
condition: {kind: match}
severities: {moderate: {}}
settle: 10m
emit: signal
""",
                """
id: smoke
domain: camera
quantity: object
where: {kind: smoke}
condition: {kind: match}
severities: {moderate: {}}
settle: 10m
emit: signal
""",
            ),
        ),
    ),
}
"""Kind -> its examples."""
