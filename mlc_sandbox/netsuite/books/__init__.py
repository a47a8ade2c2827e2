"""The books of the sandbox's account: generated once, then kept by book-keeping actions."""

from mlc_sandbox.netsuite.books.books import Books, BooksError
from mlc_sandbox.netsuite.books.calendar import Period
from mlc_sandbox.netsuite.books.chart import Account
from mlc_sandbox.netsuite.books.entries import Entry, Line
from mlc_sandbox.netsuite.books.reading import Control

__all__ = ["Account", "Books", "BooksError", "Control", "Entry", "Line", "Period"]
