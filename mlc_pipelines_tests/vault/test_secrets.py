"""The store of credentials: sealed, bound to their place, rotated, and asked for by name when missing."""

from __future__ import annotations

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.redaction import redact
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import Vault, VaultKeys
from mlc_pipelines_tests.vault.conftest import NEW, OLD, OTHER, vault_with


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


@pytest.mark.parametrize("change", ["tenant = 'globex'", "name = 'other'"])
def test_a_moved_row_is_refused(database: Database, vault: Vault, change: str) -> None:
    vault.set("acme", "password", "the value")
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"UPDATE mlc.secret SET {change}"))

    [row] = rows(database)
    with pytest.raises(ConfigurationError, match="sealed as secret 'password' of tenant 'acme'"):
        vault.get(row.tenant, row.name)


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
