"""Credentials at rest: sealed, bound to their place, rotated, and asked for by name when missing."""

from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.redaction import redact
from mlc_pipelines.settings import Settings
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import Vault, VaultKeys, load_keys

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


def vault_with(database: Database, *keys: str) -> Vault:
    return Vault(database, VaultKeys(keys, "MLC_VAULT_KEYS"))


@pytest.fixture
def vault(database: Database) -> Iterator[Vault]:
    yield vault_with(database, OLD)
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("TRUNCATE mlc.secret, mlc.token"))


@pytest.fixture
def home_settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=None, storage="", vault_keys=None, notify=None)


def rows(database: Database) -> list:
    with database.engine.connect() as connection:
        return list(connection.execute(sqlalchemy.text("SELECT * FROM mlc.secret ORDER BY tenant, name")))


def test_what_is_set_is_got_listed_replaced_and_deleted(vault: Vault) -> None:
    vault.set("globex", "password", "one two")
    vault.set("acme", "private_key", "-----BEGIN PRIVATE KEY-----\nåäö\n")
    vault.set("acme", "password", "first")
    vault.set("acme", "password", "second")

    assert vault.get("acme", "password") == "second"
    assert vault.get("acme", "private_key") == "-----BEGIN PRIVATE KEY-----\nåäö\n"
    assert [(one.tenant, one.name) for one in vault.names()] == [
        ("acme", "password"),
        ("acme", "private_key"),
        ("globex", "password"),
    ]
    assert [one.name for one in vault.names("globex")] == ["password"]
    assert vault.delete("acme", "password")
    assert not vault.delete("acme", "password")
    with pytest.raises(ConfigurationError):
        vault.get("acme", "password")


def test_a_missing_secret_names_the_command(vault: Vault) -> None:
    with pytest.raises(ConfigurationError, match="mlc secrets set acme anaplan_password"):
        vault.get("acme", "anaplan_password")


def test_an_empty_value_is_refused(vault: Vault) -> None:
    with pytest.raises(ConfigurationError, match="is empty"):
        vault.set("acme", "password", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=6))
def test_the_stored_form_never_shows_the_value(database: Database, vault: Vault, value: str) -> None:
    vault.set("acme", "password", value)

    stored = bytes(rows(database)[0].ciphertext)
    assert value.encode() not in stored
    assert vault.get("acme", "password") == value


@given(
    places=st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), min_size=2, max_size=2, unique=True),
)
def test_sealed_for_one_place_means_refused_at_any_other(places: list[tuple[str, str]]) -> None:
    from mlc_pipelines.vault.secrets import _purpose

    keys = VaultKeys([OLD], "MLC_VAULT_KEYS")
    sealed = keys.seal(_purpose(*places[0]), "value")

    assert keys.open(_purpose(*places[0]), sealed) == "value"
    with pytest.raises(ConfigurationError, match="copied or moved"):
        keys.open(_purpose(*places[1]), sealed)


@pytest.mark.parametrize("change", ["tenant = 'globex'", "name = 'other'"])
def test_a_moved_row_is_refused(database: Database, vault: Vault, change: str) -> None:
    vault.set("acme", "password", "the value")
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"UPDATE mlc.secret SET {change}"))

    [row] = rows(database)
    with pytest.raises(ConfigurationError, match="sealed as secret 'password' of tenant 'acme'"):
        vault.get(row.tenant, row.name)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_byte_is_noticed(position: int, bit: int) -> None:
    keys = VaultKeys([OLD], "MLC_VAULT_KEYS")
    sealed = bytearray(keys.seal("here", "the value"))
    sealed[position % len(sealed)] ^= 1 << bit

    try:
        opened = keys.open("here", bytes(sealed))
    except ConfigurationError:
        return
    # Base64 has spare bits at its end: another spelling of the same bytes.
    assert opened == "the value"


def test_a_wrong_key_is_a_clear_error(database: Database, vault: Vault) -> None:
    vault.set("acme", "password", "the value")

    with pytest.raises(ConfigurationError) as raised:
        vault_with(database, OTHER).get("acme", "password")
    text = str(raised.value)
    assert "None of the keys in MLC_VAULT_KEYS opens the stored secret 'password' of tenant 'acme'" in text
    assert OTHER not in text


def test_rotation_lets_the_old_key_go(database: Database, vault: Vault) -> None:
    vault.set("acme", "password", "one")
    vault.set("globex", "password", "two")
    sealed = VaultKeys([OLD], "x").seal("token 't'", "three")
    with database.engine.begin() as connection:
        connection.execute(
            sqlalchemy.text("INSERT INTO mlc.token VALUES ('t', :sealed, now(), now())"), {"sealed": sealed}
        )

    assert vault_with(database, NEW, OLD).rotate() == 3

    assert [vault_with(database, NEW).get(tenant, "password") for tenant in ("acme", "globex")] == ["one", "two"]
    with database.engine.connect() as connection:
        sealed = connection.scalar(sqlalchemy.text("SELECT ciphertext FROM mlc.token"))
    assert VaultKeys([NEW], "x").open("token 't'", bytes(sealed)) == "three"
    with pytest.raises(ConfigurationError):
        vault.get("acme", "password")


def test_a_rotation_that_cannot_open_everything_changes_nothing(database: Database, vault: Vault) -> None:
    vault.set("acme", "password", "one")
    vault_with(database, OTHER).set("globex", "password", "two")
    before = rows(database)

    with pytest.raises(ConfigurationError, match=r"secret globex password: .*Nothing was rotated"):
        vault_with(database, NEW, OLD).rotate()
    assert rows(database) == before


def test_values_handed_out_are_masked_from_then_on(database: Database, vault: Vault) -> None:
    from mlc_pipelines.vault.secrets import _purpose

    vault.set("acme", "password", "another value")
    # As if an earlier process had stored it: only `get` sees the value here.
    sealed = VaultKeys([OLD], "x").seal(_purpose("acme", "password"), "correct horse battery")
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE mlc.secret SET ciphertext = :sealed"), {"sealed": sealed})
    assert redact("it is correct horse battery") == "it is correct horse battery"

    vault.get("acme", "password")
    assert redact("it is correct horse battery") == "it is ***"
    assert redact(f"key {OLD}") == "key ***"
    assert OLD not in repr(VaultKeys([OLD], "MLC_VAULT_KEYS"))


def test_keys_come_from_the_environment_newest_first(home_settings: Settings) -> None:
    keys = load_keys(replace(home_settings, vault_keys=f" {NEW} , {OLD},"))

    assert keys.open("p", VaultKeys([OLD], "x").seal("p", "text")) == "text"
    assert VaultKeys([NEW], "x").open("p", keys.seal("p", "text")) == "text"
    assert not home_settings.home.exists()


@pytest.mark.parametrize(
    ("value", "says"),
    [(f"{OLD},hunter22", "Key 2 of 2 in MLC_VAULT_KEYS"), (" , ", "holds no key")],
    ids=["second", "none"],
)
def test_a_malformed_key_is_named_by_its_place(home_settings: Settings, value: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        load_keys(replace(home_settings, vault_keys=value))
    assert "hunter22" not in str(raised.value)


def test_a_key_file_is_made_once_with_a_warning(home_settings: Settings, capsys: pytest.CaptureFixture) -> None:
    first = load_keys(home_settings)
    said = capsys.readouterr()
    second = load_keys(home_settings)

    path = home_settings.home / "vault.key"
    assert said.out == ""
    assert f"made the key file {path}" in said.err
    assert path.read_text().strip() not in said.err
    assert capsys.readouterr().err == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in home_settings.home.iterdir()] == ["vault.key"]
    assert second.open("p", first.seal("p", "text")) == "text"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_key_file_that_others_can_read_is_refused(home_settings: Settings, mode: int) -> None:
    load_keys(home_settings)
    path = home_settings.home / "vault.key"
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match=f"chmod 600 {path}"):
        load_keys(home_settings)


def _seal_in_process(settings: Settings, sealed) -> None:
    sealed.put(load_keys(settings).seal("p", "text"))


def test_processes_that_start_together_share_one_key(home_settings: Settings) -> None:
    spawn = multiprocessing.get_context("spawn")
    sealed = spawn.Queue()
    processes = [spawn.Process(target=_seal_in_process, args=(home_settings, sealed)) for _ in range(4)]
    for process in processes:
        process.start()
    texts = [sealed.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)

    keys = load_keys(home_settings)
    assert [keys.open("p", text) for text in texts] == ["text"] * 4
