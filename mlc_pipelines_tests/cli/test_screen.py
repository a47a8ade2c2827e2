"""What reaches a terminal: text of others is text, whatever stands in it."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.text import Text

from mlc_pipelines.anaplan import Action, ActionProgress
from mlc_pipelines.cli import output
from mlc_pipelines.cli.progress import RunProgress
from mlc_pipelines.cli.screen import Screen
from mlc_pipelines.erp.base import ReadProgress
from mlc_pipelines.errors import ConfigurationError, Fault, MlcError
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.settings import Settings

HOSTILE = "Load [/red] [bold]GL[/] :smile: \x1b[2J\x1b]0;t\x07 \x9b1m \u202eevil \u200b\ufeff \r4"
SHOWN = (
    "Load [/red] [bold]GL[/] :smile: <U+001B>[2J<U+001B>]0;t<U+0007> <U+009B>1m <U+202E>evil <U+200B><U+FEFF> <U+000D>4"
)


def test_an_error(capsys: pytest.CaptureFixture[str]):
    output.complain(MlcError(HOSTILE, hint=HOSTILE, request_id=HOSTILE))
    output.complain(ConfigurationError("Faults:", faults=[Fault("f.yaml", HOSTILE, "", HOSTILE, HOSTILE)]))
    written = capsys.readouterr().err
    assert written.count(SHOWN) == 6
    assert not {char for char in written if not char.isprintable()} - {"\n"}


def test_a_table(capsys: pytest.CaptureFixture[str]):
    output.print_table(
        HOSTILE, [("ok", ""), ("name", HOSTILE)], [{"ok": True, "name": HOSTILE}, {"ok": "-", "name": 1}]
    )
    written = capsys.readouterr().out
    assert written.count(SHOWN) == 3
    assert not {char for char in written if not char.isprintable()} - {"\n"}
    assert len({len(line) for line in written.splitlines() if line.startswith(("│", "┃", "└"))}) == 1, "columns stand"


def test_progress_bars(tmp_path: Path):
    """A bar's own sequences move the cursor; those of a name don't come through."""
    terminal = io.StringIO()
    screen = Screen(file=terminal, force_terminal=True, color_system=None, width=400)
    runtime = Runtime(Settings(tmp_path, None, "", None, None))
    with RunProgress(runtime, screen):
        runtime.on_read(ReadProgress(f"[/red]{HOSTILE[-21:]}", 3, 4))
        action = Action("import", "112000000001", f"[/red]{HOSTILE[-21:]}")
        runtime.on_action(ActionProgress(action, "running", "[/]\x1b]0;t\x07", 0.5))
    written = terminal.getvalue()
    assert "[/red]" in written
    assert "<U+202E>evil" in written
    assert "\x1b]" not in written
    assert not set("\x07\x9b\u202e\u200b") & set(written)


def test_lines_of_a_text_pose_as_none_of_ours():
    stream = io.StringIO()
    Screen(file=stream, width=400).say("netsuite/gl_activity", ": bad code 4\ntie-out: 0.00 difference")
    assert stream.getvalue().splitlines() == ["netsuite/gl_activity: bad code 4", "  tie-out: 0.00 difference"]


def test_whatever_is_rendered_passes_the_last_stop():
    stream = io.StringIO()
    screen = Screen(file=stream, width=400)
    screen.print(Text(HOSTILE))
    screen.print(HOSTILE)
    screen.print(type("Own", (), {"__rich_console__": lambda *_: [Segment(HOSTILE)]})())
    assert stream.getvalue().count(SHOWN) == 2
    assert not {char for char in stream.getvalue() if not char.isprintable()} - {"\n"}


def test_json_stays_json(capsys: pytest.CaptureFixture[str]):
    document = {HOSTILE: [HOSTILE, "ø 日 \ud800"]}
    output.print_json(document)
    written = capsys.readouterr().out
    assert json.loads(written) == document
    assert "ø 日" in written
    assert not {char for char in written if not char.isprintable()} - {"\n"}


def test_a_command_on_a_terminal(tmp_path: Path):
    """The name of a folder comes from a stranger's archive, say."""
    ours, theirs = pty.openpty()
    folder = tmp_path / "x[/red]\x1b]0;title\x07"
    command = [sys.executable, "-m", "mlc_pipelines.cli.main", "init", str(folder), "--erp", "netsuite"]
    done = subprocess.run(command, stdin=theirs, stdout=theirs, stderr=theirs, timeout=60, check=False)
    os.close(theirs)
    written = re.sub(r"\x1b\[[0-9;]*m", "", os.read(ours, 65536).decode())
    os.close(ours)
    assert done.returncode == 0, written
    assert "x[/red]<U+001B>]0;title<U+0007>" in written.replace("\r\n", "")
    assert "\x1b]" not in written
