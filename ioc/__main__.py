"""`python -m ioc` is the command line; the supervisor starts its children through it."""

from __future__ import annotations

import sys

from ioc.cli.app import run


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
