"""Keys, and what is stored with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from cryptography.fernet import Fernet

from mlc_pipelines.settings import Settings
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import Vault, VaultKeys

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
