"""The Service Layer of SAP Business One as a real HTTP server on loopback.

Written from docs/vendors/sap_business_one.md.

with SapBusinessOneSandbox(gl_lines=2_000, clock=clock) as sandbox:
    ...  # sandbox.url, sandbox.company, sandbox.user, sandbox.password, sandbox.books, sandbox.switches, sandbox.log
"""

from mlc_sandbox.sap_business_one.answers import HTML_502
from mlc_sandbox.sap_business_one.books import Books, BooksError, Control, Voucher, ledger_line
from mlc_sandbox.sap_business_one.sandbox import SapBusinessOneSandbox
from mlc_sandbox.sap_business_one.switches import DEFAULT_SQL_TABLES, Switches

__all__ = [
    "DEFAULT_SQL_TABLES",
    "HTML_502",
    "Books",
    "BooksError",
    "Control",
    "SapBusinessOneSandbox",
    "Switches",
    "Voucher",
    "ledger_line",
]
