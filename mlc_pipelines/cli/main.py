"""`mlc`: the way in. Faults end with their exit code and a sentence that says what to do, not with a traceback."""

from __future__ import annotations

import sys

import typer

from mlc_pipelines.cli import anaplan, backfill, calendar, catalogue, configure, demo, run, secrets, serve, status
from mlc_pipelines.cli.output import complain, complain_of_unknown, warnings_shown
from mlc_pipelines.errors import MlcError

app = typer.Typer(
    name="mlc",
    help="Keeps Anaplan planning models and ERP ledgers in agreement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("init")(configure.init)
app.command("check")(configure.check)
app.command("ping")(configure.ping)
app.command("entities")(catalogue.entities)
app.command("actions")(catalogue.actions)
app.add_typer(secrets.app, name="secrets")
app.add_typer(anaplan.app, name="anaplan")
app.command("dev")(serve.dev)
app.command("run")(run.run)
app.command("replay")(run.replay)
app.command("backfill")(backfill.backfill)
app.command("restate")(run.restate)
app.command("calendar")(calendar.calendar)
app.command("status")(status.status)
app.command("sandbox")(serve.sandbox)


def main() -> None:
    """Run a command; exit codes as in the interface: 0 done, 1 the work failed, 2 wrong usage or configuration."""
    with warnings_shown():
        try:
            app(prog_name="mlc")
        except MlcError as error:
            complain(error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            sys.exit(130)
        except Exception as error:  # noqa: BLE001 - nobody is to read a traceback; it is kept for who can
            complain_of_unknown(error)
            sys.exit(1)


if __name__ == "__main__":
    main()
