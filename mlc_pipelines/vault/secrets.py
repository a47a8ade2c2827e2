"""The credential store: values sealed and bound to their tenant and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.redaction import register_secret
from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault.keys import VaultKeys


@dataclass(frozen=True, order=True)
class StoredSecret:
    """That a credential is there; never its value."""

    tenant: str
    name: str
    updated_at: datetime


def sealed_secrets(database: Database) -> int:
    """How many secrets are stored; to know it needs no key."""
    with database.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(tables.secret)) or 0


class Vault:
    """The credentials of all tenants, in the table `secret`. Every value handed out is registered for redaction."""

    def __init__(self, database: Database, keys: VaultKeys) -> None:
        self._engine = database.engine
        self._keys = keys

    def get(self, tenant: str, name: str) -> str:
        """The credential.

        Raises:
            ConfigurationError: it was never stored, or can't be opened with these keys.
        """
        query = select(tables.secret.c.ciphertext).where(_is(tenant, name))
        with self._engine.connect() as connection:
            sealed = connection.scalar(query)
        if sealed is None:
            raise ConfigurationError(
                f"The vault holds no {name!r} for tenant {tenant!r}.",
                hint=f"Store it with: mlc secrets set {tenant} {name}",
            )
        value = self._keys.open(_purpose(tenant, name), bytes(sealed))
        register_secret(value)
        return value

    def set(self, tenant: str, name: str, value: str) -> None:
        """Store the credential, in place of an older one.

        Raises:
            ConfigurationError: the value is empty.
        """
        if not value:
            raise ConfigurationError(
                f"The value of {name!r} for tenant {tenant!r} is empty.", hint="Nothing was stored."
            )
        register_secret(value)
        values = {"ciphertext": self._keys.seal(_purpose(tenant, name), value), "updated_at": SYSTEM_CLOCK.now()}
        statement = insert(tables.secret).values(tenant=tenant, name=name, **values)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "name"], set_=values))

    def delete(self, tenant: str, name: str) -> bool:
        """Remove the credential; False when there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(tables.secret).where(_is(tenant, name))).rowcount > 0

    def names(self, tenant: str | None = None) -> list[StoredSecret]:
        """What is stored, of one tenant or of all, in order of tenant and name."""
        columns = tables.secret.c
        query = select(columns.tenant, columns.name, columns.updated_at)
        if tenant is not None:
            query = query.where(columns.tenant == tenant)
        with self._engine.connect() as connection:
            return sorted(StoredSecret(*row) for row in connection.execute(query))

    def rotate(self) -> int:
        """Seal everything anew with the newest key, cached tokens too, so that older keys can be dropped.

        Returns:
            How many values were sealed anew.

        Raises:
            ConfigurationError: a value can't be opened with any key; then nothing is changed.
        """
        with self._engine.begin() as connection:
            count = 0
            for table in (tables.secret, tables.token):
                key = list(table.primary_key)
                for *place, sealed in connection.execute(select(*key, table.c.ciphertext).with_for_update()).all():
                    resealed = self._reseal(table, place, bytes(sealed))
                    here = [column == part for column, part in zip(key, place, strict=True)]
                    connection.execute(update(table).where(*here).values(ciphertext=resealed))
                    count += 1
            return count

    def _reseal(self, table: Table, place: Sequence[str], sealed: bytes) -> bytes:
        try:
            return self._keys.reseal(sealed)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"{table.name} {' '.join(place)}: {error.message} Nothing was rotated.", hint=error.hint
            ) from None


def _is(tenant: str, name: str) -> ColumnElement[bool]:
    return (tables.secret.c.tenant == tenant) & (tables.secret.c.name == name)


def _purpose(tenant: str, name: str) -> str:
    return f"secret {name!r} of tenant {tenant!r}"
