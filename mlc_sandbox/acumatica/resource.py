"""What every part of the endpoint stands on."""

from __future__ import annotations

from mlc_sandbox.acumatica.books import Books
from mlc_sandbox.acumatica.switches import Switches


class Resource:
    """Answers calls over the books, as the switches say."""

    def __init__(self, books: Books, switches: Switches) -> None:
        self._books = books
        self._switches = switches
