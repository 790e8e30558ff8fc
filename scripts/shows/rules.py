"""Rules that an operations centre trusts: the whole engine and its workshop."""

import json
import subprocess
import sys
from collections.abc import Sequence

from shows.point import ROOT, Point, Shown, command, passing


def points(*, long: bool) -> Sequence[Point]:
    """The list in the order of the issue."""
    return [
        passing("every kind and everything around a rule", "tests/alerts"),
        passing(
            "where and kinds over the log: two hops, signals, correlate",
            "tests/streams",
            "-k",
            "hops or correlate or signals or repartition",
        ),
        passing(
            "ioc rules check: every mistake with file, line, field, hint",
            "tests/alerts/test_parse.py",
            "tests/alerts/test_kind_mistakes.py",
            "tests/cli",
            "-k",
            "mistake or rules or check",
        ),
        passing(
            "ioc rules test: every shipped rule fires and does not fire",
            "tests/workshop/test_shipped_cases.py",
            "tests/workshop/test_rule_test.py",
        ),
        passing(
            "ioc rules backtest and diff: the same bytes on any number of processes, whatever the key",
            "tests/workshop/test_backtest.py",
            "tests/workshop/test_handover.py",
            "tests/cli/test_rules_stages.py",
            "tests/workshop/test_difference.py",
            "tests/workshop/test_summary.py",
        ),
        passing(
            "ioc rules backtest over Kafka and over history by time: the bytes of a file of the same events",
            "tests/cli/test_rules_past.py",
            "tests/sinks/test_past.py",
        ),
        passing("ioc rules explain never disagrees with the verdict on 10,000 events", "tests/alerts/test_explain.py"),
        passing(
            "ioc rules explain: rules of another key, rules between domains, and what the desk does then",
            "tests/cli/test_rules_explain.py",
            "tests/alerts/test_explain_near.py",
        ),
        passing(
            "the page of kinds is what the code gives",
            "tests/workshop/test_reference.py",
            "tests/alerts/test_surroundings_page.py",
        ),
        passing("oracle: random histories over all kinds", "tests/alerts/test_naive.py", "tests/alerts/test_oracle.py"),
        passing("laws: replay, split, reload, order within lateness", "tests/laws", "tests/alerts/test_disorder.py"),
        passing("mutations turn a test red", "tests/mutations"),
        passing("R14: twenty permutations within lateness, a tenth too late", "tests/alerts/test_disorder.py"),
        passing("R15: clocks an hour, ten years, a leap second wrong", "tests/alerts/test_clocks.py"),
        passing("R16: one of a thousand sources falls silent", "tests/alerts/test_one_of_a_thousand.py"),
        passing("R17: every event one to five times", "tests/alerts/test_repeats.py"),
        passing("R20: reloads under load, invalid ones refused, SIGKILL between", "tests/faults/test_reload.py"),
        passing("S11: bombs, aliases, tags, 100 MB, 10,000 rules", "tests/attacks/test_rule_files.py"),
        passing("S12: regular expressions linear in the text, or refused", "tests/attacks/test_regular_expressions.py"),
        passing(
            "S13 where it applies: there is no language of expressions; random `where` is a rule or named mistakes",
            "tests/attacks/test_where_fuzz.py",
        ),
        passing(
            "a rule that throws raises its own alert and the next event is judged",
            "tests/streams/test_rule_that_throws.py",
            "tests/alerts/test_broken.py",
        ),
        passing("room of one (rule, key)", "tests/alerts/test_room.py"),
        passing("NAB: the table is what the script gives", "tests", "-k", "nab"),
        Point("backtest speed", _speed),
        *([_long("oracle"), _long("mutations"), _long("reload")] if long else []),
    ]


def _speed() -> Shown:
    """Backtest from NDJSON on one core; the limits are the benchmark's own."""
    done = subprocess.run([sys.executable, "bench/backtest.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout[done.stdout.index("{") :])
    figure = ", ".join(f"{name} {value:,}" for name, value in found["events_per_second"].items())
    figure += f" events/s; 1,000 rules at {found['thousand_rules_share']:.0%} of 10"
    missed = done.stderr.strip().splitlines()
    return Shown(
        figure, "150,000 value thresholds, 80,000 means, 1,000 rules at 70 %", not missed and not done.returncode
    )


def _long(name: str) -> Point:
    return command(
        f"long form of {name}",
        [sys.executable, "scripts/long", name],
        "every run passes",
        lambda said, code: (said.strip().splitlines()[-1][:200] if said.strip() else "-", code == 0),
    )
