"""The books of the sandbox's company: generated once, then kept by book-keeping actions."""

from mlc_sandbox.syspro.books.books import Books, BooksError, Control, Key
from mlc_sandbox.syspro.books.entries import CANCELLED, ON_HOLD, POSTED, UNPOSTED, Entry, Journal
from mlc_sandbox.syspro.books.payables import Bill

__all__ = [
    "CANCELLED",
    "ON_HOLD",
    "POSTED",
    "UNPOSTED",
    "Bill",
    "Books",
    "BooksError",
    "Control",
    "Entry",
    "Journal",
    "Key",
]
