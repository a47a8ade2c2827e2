"""The way in: faults and errors end with their exit code and a sentence, whatever the command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlc_pipelines_tests.cli.broken_home import KEYS, break_it
from mlc_pipelines_tests.cli.conftest import Mlc


def test_faults_as_json_are_alone_on_stdout(at: Mlc, started: Path):
    break_it(started)
    done = at("check", "--json")
    assert done.code == 2
    assert done.json["ok"] is False
    assert {fault["key"] for fault in done.json["faults"]} == KEYS
    assert {fault["file"] for fault in done.json["faults"]} == {"tenants/example.yaml"}
    assert all(fault["remedy"] for fault in done.json["faults"])
    assert "MIIEvQIBADANBgkqhkiG9w0BAQEF" not in done.out


def test_every_command_refuses_a_faulty_configuration(at: Mlc, started: Path):
    break_it(started)
    for arguments in (("run", "example", "FY2026-P01"), ("ping",), ("actions", "example"), ("status", "example")):
        done = at(*arguments)
        assert done.code == 2, arguments
        assert "anaplan.model_id" in done.words
        assert "Traceback" not in done.err


@pytest.mark.parametrize("arguments", [("run",), ("run", "--nonsense"), ("nonsense",), ("secrets", "set", "only-one")])
def test_wrong_usage_is_2(at: Mlc, arguments: tuple[str, ...]):
    assert at(*arguments).code == 2


def test_a_misspelt_variable_is_a_fault(command, tmp_path: Path):
    done = command({"MLC_HOME": str(tmp_path), "MLC_VAULT_KEY": "abc"}, "check")
    assert done.code == 2
    assert "MLC_VAULT_KEYS" in done.words


@pytest.mark.parametrize("arguments", [("status",), ("secrets", "list")])
def test_a_database_that_does_not_answer(command, started: Path, arguments: tuple[str, ...]):
    url = "postgresql://mlc:hunter2secret@127.0.0.1:1/none"
    done = command({"MLC_HOME": str(started), "MLC_DATABASE_URL": url}, *arguments)
    assert done.code == 1
    assert "MLC_DATABASE_URL" in done.words
    assert "Traceback" not in done.err
    assert "hunter2secret" not in done.out + done.err


@pytest.mark.parametrize("arguments", ["status", "secrets list", "ping", "check", "run acme FY2026-P01"])
def test_looking_makes_no_home(command, tmp_path: Path, arguments: str):
    done = command({"MLC_HOME": str(tmp_path / "none")}, *arguments.split())
    assert done.code == 2
    assert "mlc init" in done.words
    assert not (tmp_path / "none").exists()


def test_usage_lines_say_mlc(at: Mlc):
    assert "Usage: mlc run" in at("run", "--help").out
    assert "Usage: mlc secrets set" in at("secrets", "set", "x").err


def test_an_error_that_nobody_foresaw_is_a_sentence_and_a_file(command, started: Path):
    url = "postgresql://mlc:hunter2secret@127.0.0.1:1/none?no_such_option=1"
    done = command({"MLC_HOME": str(started), "MLC_DATABASE_URL": url}, "status")
    assert done.code == 1
    assert not re.search("Traceback|Error[^:]|psycopg|hunter2", done.out + done.err)
    (kept,) = started.glob("mlc-error-*.log")
    assert str(kept) in done.words
    assert kept.stat().st_mode & 0o077 == 0
    assert "Traceback" in kept.read_text(encoding="utf-8")
    assert "hunter2secret" not in kept.read_text(encoding="utf-8")
