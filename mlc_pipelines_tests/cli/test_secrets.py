"""`mlc secrets`: values go in and never come out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from mlc_pipelines_tests.cli.conftest import Mlc

VALUE = "s3cret-Pässwort"


@pytest.fixture
def started(at: Mlc, tmp_path: Path) -> Path:
    assert at("init", str(tmp_path), "--erp", "netsuite").code == 0
    return tmp_path


def test_set_list_delete(at: Mlc, started: Path, tmp_path: Path):
    file = tmp_path / "key.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nabcdef\n-----END PRIVATE KEY-----\n", encoding="utf-8")
    said = [
        at("secrets", "set", "example", "anaplan_password", text=VALUE + "\n"),
        at("secrets", "set", "example", "netsuite_private_key", "--from-file", str(file)),
        at("secrets", "list"),
        at("secrets", "list", "--json"),
    ]
    assert [done.code for done in said] == [0] * 4
    assert said[-1].json == [
        {"tenant": "example", "name": "anaplan_password"},
        {"tenant": "example", "name": "netsuite_private_key"},
    ]
    assert "anaplan_password" in said[2].out
    assert not any(word in done.out + done.err for done in said for word in (VALUE, "abcdef", "BEGIN PRIVATE"))

    assert at("secrets", "delete", "example", "anaplan_password").code == 0
    assert [row["name"] for row in at("secrets", "list", "--json").json] == ["netsuite_private_key"]
    again = at("secrets", "delete", "example", "anaplan_password")
    assert again.code == 2
    assert "mlc secrets list" in again.words


@pytest.mark.parametrize("arguments", [(), ("--from-file", "no/such/file")])
def test_nothing_to_set(at: Mlc, started: Path, arguments: tuple[str, ...]):
    done = at("secrets", "set", "example", "anaplan_password", *arguments, text="")
    assert done.code == 2
    assert at("secrets", "list", "--json").json == []


def test_rotate_to_a_new_key(command: Mlc, tmp_path: Path, make_database_url):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    base = {**os.environ, "MLC_HOME": str(tmp_path), "MLC_DATABASE_URL": make_database_url()}

    def mlc(keys: str, *arguments: str, text: str = ""):
        return command({**base, "MLC_VAULT_KEYS": keys}, *arguments, text=text)

    tmp_path.joinpath("tenants").mkdir()
    tmp_path.joinpath("tenants/acme.yaml").touch()
    assert mlc(old, "secrets", "set", "acme", "password", text=VALUE).code == 0
    done = mlc(f"{new},{old}", "secrets", "rotate")
    assert done.code == 0
    assert "Sealed 1 secrets" in done.out
    refused = mlc(old, "secrets", "rotate")
    assert refused.code == 2
    for said in (done, refused):
        assert not any(key in said.out + said.err for key in (old, new, VALUE))
    assert mlc(new, "secrets", "rotate").code == 0


def test_a_key_that_is_none_is_not_repeated(command: Mlc, tmp_path: Path, make_database_url):
    environment = {"MLC_HOME": str(tmp_path), "MLC_DATABASE_URL": make_database_url(), "MLC_VAULT_KEYS": "hunter2"}
    done = command(environment, "secrets", "list")
    assert done.code == 2
    assert "MLC_VAULT_KEYS" in done.words
    assert "hunter2" not in done.err


def test_a_tenant_that_is_not_there(at: Mlc, started: Path):
    done = at("secrets", "set", "exampel", "anaplan_password", text=VALUE)
    assert done.code == 2
    assert "Did you mean example?" in done.words
    assert at("secrets", "set", "example", "no name", text=VALUE).code == 2
    assert at("secrets", "list", "--json").json == []


def test_a_value_that_is_none(at: Mlc, started: Path, tmp_path: Path):
    file = tmp_path / "value"
    for content in (b"\xff\xfe", b"x" * 70_000):
        file.write_bytes(content)
        done = at("secrets", "set", "example", "anaplan_password", "--from-file", str(file))
        assert (done.code, "Traceback" in done.err) == (2, False)
    assert at("secrets", "set", "example", "anaplan_password", "--from-file", "/dev/zero").code == 2
    assert at("secrets", "set", "example", "anaplan_password", text="x" * 70_000).code == 2
    assert at("secrets", "list", "--json").json == []


def test_a_key_file_is_not_replaced_while_secrets_are_sealed_with_it(at: Mlc, started: Path):
    assert at("secrets", "set", "example", "anaplan_password", text=VALUE).code == 0
    key = started / "vault.key"
    kept = key.read_bytes()
    key.unlink()
    for arguments in (("secrets", "set", "example", "other"), ("secrets", "list"), ("secrets", "rotate")):
        done = at(*arguments, text=VALUE)
        assert done.code == 2
        assert "vault.key is gone" in done.words
        assert "1 stored secrets" in done.words
        assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    assert len(at("secrets", "list", "--json").json) == 1


@pytest.mark.parametrize("content", [b"", b"\xff" * 44, b"A" * 43, b"x" * 100_000])
def test_a_damaged_key_file(at: Mlc, started: Path, content: bytes):
    key = started / "vault.key"
    key.write_bytes(content)
    key.chmod(0o600)
    done = at("secrets", "list")
    assert done.code == 2
    assert "vault.key" in done.words
    assert key.read_bytes() == content
