"""A desk with some postings, landed in three periods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.flows.polling.books import ACCOUNTS, Desk


@pytest.fixture
def desk(make_database_url: Callable[[], str], tmp_path: Path) -> Iterator[Desk]:
    """April and May have two documents each, June has none; a day later all three were read whole, and accounts too."""
    database = Database(make_database_url())
    desk = Desk(database, tmp_path)
    books = desk.books
    for number, name in (("1000", "Bank"), ("4000", "Materials"), ("5000", "Wages")):
        books.name(number, name)
    books.post("A1", ("4000", "10.50"), ("1000", "-10.50"), period="042026")
    books.post("A2", ("4000", "7.25"), ("5000", "1.00"), ("1000", "-8.25"), period="042026")
    desk.clock.sleep(86_400)
    books.post("B1", ("4000", "20.00"), ("1000", "-20.00"))
    books.post("B2", ("5000", "3.00"), ("1000", "-3.00"))
    desk.clock.sleep(86_400)
    desk.land("04", "05", "06")
    desk.land("05", "06", entity=ACCOUNTS)
    desk.clock.sleep(3600)
    books.asked.clear()
    yield desk
    database.close()
