"""Tokens, shared by all threads and processes: sealed in the database, issued by one at a time."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from sqlalchemy import false, func, select
from sqlalchemy.dialects.postgresql import insert

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.redaction import register_secret
from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys

_log = logging.getLogger(__name__)

_LONGEST_LIFE = 86_400  # seconds; a number of any size may come

TokenIssuer = Callable[["Token | None"], "Token"]
"""Gets a new token from the vendor; given the previous one, if there was any."""


@dataclass(frozen=True)
class Token:
    """What a vendor gave for credentials.

    Attributes:
        value: the token (or session cookie) itself.
        expires_at: when the vendor stops taking it; aware.
        extra: what the next refresh needs (refresh token, id), kept as secretly as the value.
    """

    value: str = field(repr=False)
    expires_at: datetime
    extra: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @classmethod
    def lasting(cls, value: str, seconds: float, now: datetime, extra: Mapping[str, str] | None = None) -> Self:
        """A token that lasts so many seconds from now; whatever the vendor says, no longer than a day."""
        return cls(value, now + timedelta(seconds=min(max(seconds, 0), _LONGEST_LIFE)), extra or {})


@dataclass(frozen=True)
class _Kept:
    token: Token
    minted_at: datetime
    origin: str

    def is_fresh(self, now: datetime, renew_before: timedelta) -> bool:
        # A short-lived token would be renewed at each use if its whole life were less than `renew_before`.
        margin = min(renew_before, (self.token.expires_at - self.minted_at) / 2)
        return now < self.token.expires_at - margin


class TokenCache:
    """Tokens by name: in memory, then in the table `token`, and only then issued, under a lock over all processes.

    Safe to use from several threads.
    """

    def __init__(self, database: Database, keys: VaultKeys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._memory: dict[str, _Kept] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, name: str, issuer: TokenIssuer, *, renew_before: timedelta, credentials: str = "") -> Token:
        """A token that lasts at least `renew_before` longer (half its life, if that is shorter).

        Args:
            name: of the token, the same in all processes that share it.
            issuer: called when there is no fresh token; whatever it raises is raised.
            renew_before: time before the expiry from which a token counts as stale.
            credentials: what tokens are issued with. A token of others is never used, and no previous one for `issuer`:
                so wrong ones are noticed at once, and new ones count at once.
        """
        return self._obtain(name, credentials, issuer, lambda kept: kept.is_fresh(self._clock.now(), renew_before))

    def replace(self, name: str, rejected: str, issuer: TokenIssuer, *, credentials: str = "") -> Token:
        """A token other than the one that the server refused; issued unless somebody else did so meanwhile.

        Args:
            name: of the token.
            rejected: value of the refused token.
            issuer: as for `get`.
            credentials: as for `get`.
        """

        def usable(kept: _Kept) -> bool:
            return kept.token.value != rejected and kept.is_fresh(self._clock.now(), timedelta(0))

        return self._obtain(name, credentials, issuer, usable)

    def _obtain(self, name: str, credentials: str, issuer: TokenIssuer, usable: Callable[[_Kept], bool]) -> Token:
        origin = _origin(credentials)

        def ours(kept: _Kept) -> bool:
            return kept.origin == origin and usable(kept)

        kept = self._memory.get(name)
        if kept and ours(kept):
            return kept.token
        with self._locks[name]:
            kept = self._memory.get(name)
            if not (kept and ours(kept)):
                kept = self._from_database_or_issued(name, origin, issuer, ours)
                self._memory[name] = kept
            return kept.token

    def _from_database_or_issued(
        self, name: str, origin: str, issuer: TokenIssuer, usable: Callable[[_Kept], bool]
    ) -> _Kept:
        stored = self._load(name)
        if stored and usable(stored):
            return stored
        with self._database.lock(f"token:{name}") as lock:
            stored = self._load(name)
            if stored and usable(stored):
                return stored
            fence, minted_at = lock.fence, self._clock.now()
            lock.check()
            token = issuer(stored.token if stored and stored.origin == origin else None)
            _register(token)
            kept = _Kept(token, minted_at, origin)
            # Stored before anybody uses it: a vendor that rotates refresh tokens has already killed the old one.
            if not self._save(name, kept, fence):
                # The lock was lost meanwhile, and somebody else's token is newer: with it ours may be dead already.
                stored = self._load(name)
                if stored and usable(stored):
                    return stored
                lock.check()
            return kept

    def _load(self, name: str) -> _Kept | None:
        query = select(tables.token.c.ciphertext).where(tables.token.c.name == name)
        with self._database.engine.connect() as connection:
            sealed = connection.scalar(query)
        if sealed is None:
            return None
        try:
            kept = _from_text(self._keys.open(_purpose(name), bytes(sealed)))
        except ConfigurationError as error:
            _log.warning("The stored token %s is of no use, a new one will be requested: %s", name, error)
            return None
        _register(kept.token)
        return kept

    def _save(self, name: str, kept: _Kept, fence: int) -> bool:
        """Store it, unless there is one that was issued under a later lock; gives whether it was stored."""
        values = {
            "fence": fence,
            "ciphertext": self._keys.seal(_purpose(name), _to_text(kept)),
            "expires_at": kept.token.expires_at,
            "updated_at": kept.minted_at,
        }
        statement = insert(tables.token).values(name=name, **values)
        newer = tables.token.c.fence > fence
        upsert = statement.on_conflict_do_update(
            index_elements=["name"], set_=values, where=func.coalesce(newer, false()) == false()
        )
        with self._database.engine.begin() as connection:
            return connection.execute(upsert).rowcount > 0


def _origin(credentials: str) -> str:
    return hashlib.sha256(credentials.encode()).hexdigest()


def _purpose(name: str) -> str:
    return f"token {name!r}"


def _register(token: Token) -> None:
    for value in (token.value, *token.extra.values()):
        register_secret(value)


def _to_text(kept: _Kept) -> str:
    token = kept.token
    return json.dumps(
        {
            "value": token.value,
            "expires_at": token.expires_at.isoformat(),
            "extra": dict(token.extra),
            "minted_at": kept.minted_at.isoformat(),
            "origin": kept.origin,
        }
    )


def _from_text(text: str) -> _Kept:
    read = json.loads(text)
    token = Token(read["value"], datetime.fromisoformat(read["expires_at"]).astimezone(UTC), read["extra"])
    return _Kept(token, datetime.fromisoformat(read["minted_at"]), read.get("origin", _origin("")))
