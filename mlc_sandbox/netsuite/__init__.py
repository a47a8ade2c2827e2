"""An Oracle NetSuite account as a real HTTP server on loopback, written from docs/vendors/netsuite.md.

with NetSuiteSandbox(gl_lines=2_000, clock=clock) as sandbox:
    ...  # sandbox.url, sandbox.integration, sandbox.books, sandbox.switches, sandbox.faults, sandbox.log
"""

from mlc_sandbox.netsuite.books import Books, BooksError, Control, Entry, Line
from mlc_sandbox.netsuite.integrations import Integration
from mlc_sandbox.netsuite.sandbox import NetSuiteSandbox
from mlc_sandbox.netsuite.switches import Features, Switches

__all__ = ["Books", "BooksError", "Control", "Entry", "Features", "Integration", "Line", "NetSuiteSandbox", "Switches"]
