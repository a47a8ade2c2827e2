"""An Acumatica instance as a real HTTP server on loopback, written from docs/vendors/acumatica.md.

with AcumaticaSandbox(gl_lines=2_000, clock=clock) as sandbox:
    ...  # sandbox.url, sandbox.client_id, sandbox.books, sandbox.switches, sandbox.faults, sandbox.log
"""

from mlc_sandbox.acumatica.books import Batch, Books, BooksError, Line, Period
from mlc_sandbox.acumatica.sandbox import AcumaticaSandbox
from mlc_sandbox.acumatica.switches import Switches

__all__ = ["AcumaticaSandbox", "Batch", "Books", "BooksError", "Line", "Period", "Switches"]
