"""Something of a vendor that many processes use together, and that the last of them ends."""

from __future__ import annotations

import logging

from sqlalchemy import text

from mlc_pipelines.errors import DatabaseLost
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.locks import lock_key

_log = logging.getLogger(__name__)


class SharedUse:
    """One use of it, over all processes and hosts; it ends with the process at the latest.

    Args:
        database: the shared state.
        name: of the thing that is used.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._key = {"key": lock_key(name)}
        self._connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), self._key)

    def end(self) -> bool:
        """End this use.

        Returns:
            Whether nobody else uses it; True as well when that can't be found out.
        """
        try:
            with self._connection as connection:
                connection.execute(text("SELECT pg_advisory_unlock_shared(:key)"), self._key)
                last = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), self._key))
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
                return last
        except DatabaseLost as error:
            _log.warning("Nobody can say who else uses it: %s", error)
            return True
