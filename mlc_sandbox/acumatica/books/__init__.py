"""The books of the sandbox: generated once, then kept by book-keeping actions."""

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.books import Books
from mlc_sandbox.acumatica.books.calendar import Period
from mlc_sandbox.acumatica.books.ledger import Batch, Line, Totals
from mlc_sandbox.acumatica.books.reading import BooksError

__all__ = ["Batch", "Books", "BooksError", "Line", "Period", "Totals", "chart"]
