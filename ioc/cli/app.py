"""The command tree and its exit codes; no work of its own.

0 done · 1 it could not be done, one sentence says why · 2 the input cannot be read, or the call is wrong · 70 a worker
asks its supervisor for a restart · 130 ended by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from typing import Annotated

import click
import typer

from ioc import __version__, words
from ioc.cli import desk_lists, operate, rules_live
from ioc.cli.author import rules
from ioc.cli.convert import convert
from ioc.cli.dashboards import dashboards
from ioc.cli.desk import desk
from ioc.cli.feeds import feeds
from ioc.cli.replay import replay
from ioc.cli.routes import routes
from ioc.cli.schema import schema
from ioc.cli.state import state
from ioc.cli.watch import watch
from ioc.errors import IocError, Unreadable
from ioc.runtime.explain import explain

app = typer.Typer(
    name="ioc",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing boxes takes longer than all the rest
    add_completion=False,
    help="Giám sát dòng dữ liệu của Trung tâm điều hành thông minh. Streaming monitor of the operations centre.",
)
app.command()(operate.up)
app.command()(convert)
app.command()(replay)
app.command()(watch)
app.add_typer(schema, name="schema")
app.add_typer(feeds, name="feeds")
rules.command("apply")(rules_live.apply)
rules.command("log")(rules_live.log)
app.add_typer(rules, name="rules")
app.add_typer(routes, name="routes")
app.add_typer(dashboards, name="dashboards")
app.add_typer(state, name="state")
for work in (desk_lists.contacts, desk_lists.rota, desk_lists.directory, desk_lists.check):
    desk.command()(work)
app.add_typer(desk, name="desk")


def _version(*, asked: bool) -> None:
    if asked:
        print(f"ioc {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda asked: _version(asked=asked),
            is_eager=True,
            help="In phiên bản. Print the version.",
        ),
    ] = False,
) -> None:
    """Giám sát dòng dữ liệu của Trung tâm điều hành thông minh. Streaming monitor of the operations centre."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; never a traceback on the terminal."""
    try:
        # Without standalone mode click gives the code of `Exit` back, where it does not raise it.
        code = app(args=arguments, standalone_mode=False)
    except IocError as error:
        print(explain(error, operate.language()), file=sys.stderr)
        return 2 if isinstance(error, Unreadable) else 1
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort keeps the details in a file, not on the screen
        log = _details()
        values = {"kind": type(error).__name__, "text": str(error)[:200], "log": log}
        print(words.say("error.unexpected", operate.language(), **values), file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0


def _details() -> str:
    """Write the traceback into a new file that nobody else can read or has prepared; its name, "-" where none can be."""
    try:
        handle, name = tempfile.mkstemp(prefix="ioc-error-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(traceback.format_exc())
    except OSError:
        return "-"
    return name
