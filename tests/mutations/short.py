"""The short oracle as a program: exit code 1 and the first difference, or 0 where engine and definition agree.

python -m tests.mutations.short SEEDS EVENTS KIND...
"""

from __future__ import annotations

import sys

from tests.alerts.oracle_run import compare

DISORDERS = (0, 60_000, 600_000)


def main() -> int:
    """The exit code."""
    seeds, events, *kinds = sys.argv[1:]
    for seed in range(int(seeds)):
        for kind in kinds:
            for disorder in DISORDERS:
                outcome = compare(seed, kind, int(events), disorder)
                if outcome.difference:
                    sys.stdout.write(f"{kind} {seed} {disorder}\n{outcome.difference}\n")
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
