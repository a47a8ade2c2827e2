"""What commands print: tables and words for people on a terminal, one JSON document for programs."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mlc_pipelines.cli.screen import Screen
from mlc_pipelines.errors import ConfigurationError, MlcError
from mlc_pipelines.redaction import RedactingFilter
from mlc_pipelines.unforeseen import unforeseen
from mlc_pipelines.visible import each_invisible, visible

JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else there.")]

# A file or a pipe has no width of its own: tables are as wide as they need.
out = Screen(width=None if sys.stdout.isatty() else 240)
err = Screen(stderr=True)


def print_json(document: Any) -> None:
    """One JSON document on stdout; what would not be seen on a terminal is escaped, the document is the same."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write(each_invisible(text, lambda char: json.dumps(char)[1:-1]) + "\n")


def complain(error: MlcError) -> None:
    """An error for people, on stderr."""
    err.say("Error:", f" {error.message}")
    if isinstance(error, ConfigurationError):
        for fault in error.faults:
            err.say("  •", f" {fault}", style="red")
    if error.hint:
        err.say("", f"  {error.hint}")
    if error.request_id:
        err.say("", f"  Request id for the vendor's support: {error.request_id}")


def complain_of_unknown(error: Exception) -> None:
    """An error that nobody foresaw: where its details are, on stderr, and the details into a file of the user's own."""
    complain(unforeseen(error, Path(os.environ.get("MLC_HOME") or "mlc-home").expanduser()))


@contextmanager
def warnings_shown() -> Generator[None]:
    """What our modules warn of goes to stderr while it lasts, in a line each."""
    logger, handler = logging.getLogger("mlc_pipelines"), _OnStderr(logging.WARNING)
    handler.addFilter(RedactingFilter())
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _OnStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        err.print(record.getMessage(), style="yellow", highlight=False)


def print_table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> None:
    """A table on stdout.

    Args:
        title: above it.
        columns: key of the rows and heading; a heading that ends with `>` is set to the right.
        rows: values by key; missing ones stay empty.
    """
    table = Table(title=Text(visible(title)), title_justify="left", title_style="bold")
    for _, heading in columns:
        table.add_column(heading.removesuffix(">"), justify="right" if heading.endswith(">") else "left")
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key, _ in columns))
    out.print(table)


def _cell(value: Any) -> Text:
    if value is None or value == "":
        return Text()
    if isinstance(value, bool):
        return Text("ok", "green") if value else Text("red", "bold red")
    return Text(f"{value:,}" if isinstance(value, int) else visible(str(value)))
