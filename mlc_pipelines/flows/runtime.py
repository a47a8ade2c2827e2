"""Everything a run needs, opened once per process: settings, configuration, database, vault, clients."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlc_pipelines.anaplan import ActionProgress, AnaplanClient, Upload
from mlc_pipelines.clock import SYSTEM_CLOCK, Clock
from mlc_pipelines.config import Configuration, Tenant, files_state, read_configuration, require_home
from mlc_pipelines.erp.base import Erp, ReadProgress, Source, SourceContext
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar
from mlc_pipelines.http import TokenCache
from mlc_pipelines.settings import Settings, load_settings
from mlc_pipelines.store.db import Database, open_database
from mlc_pipelines.store.deliveries import DeliveryStore
from mlc_pipelines.store.late_postings import LatePostingStore
from mlc_pipelines.store.results import ResultStore
from mlc_pipelines.store.snapshots import SnapshotStore
from mlc_pipelines.store.storage import Storage
from mlc_pipelines.vault import Vault, VaultKeys, load_keys, sealed_secrets


def _ignore(_: object) -> None:
    """For a run whose progress nobody watches."""


@dataclass
class Runtime:
    """The parts, opened when they are first asked for.

    Attributes:
        settings: from the environment.
        clock: time.
        on_read: told how far the read of an entity is.
        on_action: told what an Anaplan action does.
        upload: how much is sent to Anaplan at a time.
    """

    settings: Settings
    clock: Clock = SYSTEM_CLOCK
    on_read: Callable[[ReadProgress], None] = _ignore
    on_action: Callable[[ActionProgress], None] = _ignore
    upload: Upload = field(default_factory=Upload)
    _fresh: tuple[object, Runtime] | None = field(default=None, init=False, repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, clock: Clock = SYSTEM_CLOCK) -> Runtime:
        """Read the settings; nothing is opened yet."""
        return cls(load_settings(os.environ if environ is None else environ), clock)

    @cached_property
    def configuration(self) -> Configuration:
        """All tenants, calendars and maps. What is wrong in a file stops the tenants that use it, and no other.

        Raises:
            ConfigurationError: there is no such folder.
        """
        return read_configuration(self.settings.home, ERPS, clock=self.clock)

    @cached_property
    def database(self) -> Database:
        """The database, migrated.

        Raises:
            ConfigurationError: there is no home; none is made by looking at it.
        """
        require_home(self.settings.home)
        return open_database(self.settings)

    @cached_property
    def keys(self) -> VaultKeys:
        """The vault's keys."""
        return load_keys(self.settings, sealed=lambda: sealed_secrets(self.database))

    @cached_property
    def vault(self) -> Vault:
        """The credentials."""
        return Vault(self.database, self.keys)

    @cached_property
    def tokens(self) -> TokenCache:
        """Tokens, shared over processes."""
        return TokenCache(self.database, self.keys, self.clock)

    @cached_property
    def snapshots(self) -> SnapshotStore:
        """Snapshots."""
        return SnapshotStore(self.database, Storage(self.settings.storage))

    @cached_property
    def deliveries(self) -> DeliveryStore:
        """Deliveries."""
        return DeliveryStore(self.database)

    @cached_property
    def late_postings(self) -> LatePostingStore:
        """Late postings."""
        return LatePostingStore(self.database)

    @cached_property
    def results(self) -> ResultStore:
        """Results of assets and checks."""
        return ResultStore(self.database)

    def tenant(self, name: str) -> Tenant:
        """The tenant of that name.

        Raises:
            ConfigurationError: there is none, or its configuration has faults.
        """
        if faults := self.configuration.broken.get(name):
            raise ConfigurationError(f"{name} can't run, since its configuration has faults:", faults=faults)
        try:
            return self.configuration.tenants[name]
        except KeyError:
            known = ", ".join(self.configuration.tenants) or "none"
            raise ConfigurationError(f"There is no tenant {name!r}.", hint=f"Configured: {known}.") from None

    def erp(self, tenant: Tenant) -> Erp[Any]:
        """The tenant's ERP."""
        return ERPS[tenant.erp_kind]

    def calendar(self, tenant: Tenant) -> FiscalCalendar:
        """The tenant's fiscal calendar."""
        return self.configuration.calendars[tenant.calendar]

    @contextmanager
    def source(self, tenant: Tenant) -> Generator[Source[Any]]:
        """The tenant's ERP, open; logged off at the end, whatever happens."""
        context = SourceContext(
            tenant=tenant.tenant,
            secret=lambda name: self.vault.get(tenant.tenant, name),
            database=self.database,
            tokens=self.tokens,
            clock=self.clock,
            progress=self.on_read,
        )
        source = self.erp(tenant).open(tenant.connection, context)
        try:
            yield source
        finally:
            source.close()

    @contextmanager
    def anaplan(self, tenant: Tenant) -> Generator[AnaplanClient]:
        """The tenant's Anaplan model, open."""
        client = AnaplanClient(
            tenant.anaplan,
            tenant=tenant.tenant,
            secret=lambda name: self.vault.get(tenant.tenant, name),
            database=self.database,
            tokens=self.tokens,
            clock=self.clock,
            progress=self.on_action,
            how=self.upload,
        )
        try:
            yield client
        finally:
            client.close()

    def with_files_read_anew(self) -> Runtime:
        """The same open parts, and the configuration as its files are now: a long-lived process sees them change.

        They are read only when one has changed: two hundred tenants' files take two seconds, and ticks come often.
        """
        # The year ends the built-in calendar.
        state = (self.clock.now().year, files_state(self.settings.home))
        if self._fresh is None or self._fresh[0] != state:
            self.database  # noqa: B018 - opened before it is shared
            fresh = copy(self)
            fresh.__dict__.pop("configuration", None)
            self._fresh = (state, fresh)
        return self._fresh[1]

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "database" in self.__dict__:
            self.database.close()
