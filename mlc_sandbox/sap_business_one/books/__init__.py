"""The books of the sandbox's company: generated once, then kept by book-keeping actions."""

from mlc_sandbox.sap_business_one.books.books import Books, Voucher
from mlc_sandbox.sap_business_one.books.entries import ledger_line
from mlc_sandbox.sap_business_one.books.reading import BooksError, Control

__all__ = ["Books", "BooksError", "Control", "Voucher", "ledger_line"]
