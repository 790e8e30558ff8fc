"""`python -m ioc` is the command line; the supervisor starts its children through it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or one role, and exit with its code.

    A role loads nothing of the command line: seven of them start at once on two cores.
    """
    if sys.argv[1:2] == ["child"]:
        from ioc.runtime.child import command  # noqa: PLC0415 - only what this process needs

        sys.exit(command(sys.argv[2:]))
    from ioc.cli.app import run  # noqa: PLC0415 - as above

    sys.exit(run())


if __name__ == "__main__":
    main()
