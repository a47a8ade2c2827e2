"""The books of the sandbox's company: generated once, then kept by book-keeping actions."""

from mlc_sandbox.visma_net.books.balances import Balance
from mlc_sandbox.visma_net.books.books import Books
from mlc_sandbox.visma_net.books.documents import Batch, Invoice, LedgerLine, Order
from mlc_sandbox.visma_net.books.records import Account
from mlc_sandbox.visma_net.books.store import BooksError

__all__ = ["Account", "Balance", "Batch", "Books", "BooksError", "Invoice", "LedgerLine", "Order"]
