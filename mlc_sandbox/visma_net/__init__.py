"""A Visma.net company as a real HTTP server on loopback, written from docs/vendors/visma_net.md.

with VismaNetSandbox(gl_lines=2_000, clock=clock) as sandbox:
    ...  # sandbox.url, .token_url, .client_id, .client_secret, .tenant_id, .books, .switches, .faults, .log
"""

from mlc_sandbox.visma_net.books import Account, Balance, Batch, Books, BooksError, Invoice, LedgerLine, Order
from mlc_sandbox.visma_net.sandbox import VismaNetSandbox
from mlc_sandbox.visma_net.switches import Switches

__all__ = [
    "Account",
    "Balance",
    "Batch",
    "Books",
    "BooksError",
    "Invoice",
    "LedgerLine",
    "Order",
    "Switches",
    "VismaNetSandbox",
]
