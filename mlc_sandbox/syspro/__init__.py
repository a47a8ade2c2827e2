"""A SYSPRO 8 installation as a real HTTP server on loopback, written from docs/vendors/syspro.md.

with SysproSandbox(gl_lines=2_000, clock=clock) as sandbox:
    ...  # sandbox.odata_url, sandbox.rest_url, sandbox.books, sandbox.switches, sandbox.faults, sandbox.log
"""

from mlc_sandbox.syspro.books import Bill, Books, BooksError, Control, Entry, Journal
from mlc_sandbox.syspro.sandbox import SysproSandbox, iis_page
from mlc_sandbox.syspro.switches import Switches

__all__ = ["Bill", "Books", "BooksError", "Control", "Entry", "Journal", "Switches", "SysproSandbox", "iis_page"]
