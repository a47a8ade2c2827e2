"""The switches of the sandbox: how the two services behave at present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Wrapping = Literal["raw", "json", "xml"]


@dataclass
class Switches:
    """Everything that a test may turn while the sandbox runs.

    Numbers in brackets are sections of docs/vendors/syspro.md.

    Attributes:
        max_rows: rows that OData gives for one request; more are cut off silently (B1).
        next_link: OData names the next page where it cut rows off (B1).
        padded_codes: codes come padded with spaces to their column's width (B1).
        odata_enabled: the operator was enabled for OData when the service started (B1); otherwise 401.
        denied_tables: tables that the SQL credentials of the operator may not read.
        wrapping: how e.net wraps its bodies (A1).
        evict: a second logon of an operator ends the first session (A2); otherwise both live.
        session_seconds: a session ends when it was idle for so long.
        licence_seats: sessions at a time; a logon beyond them is refused.
        post_error: text of an `ERROR:` body with which each post is answered (A1, B3).
        item_error: text of an `ErrorDescription` with which each journal is refused (A2, B3).
    """

    max_rows: int = 5000
    next_link: bool = False
    padded_codes: bool = True
    odata_enabled: bool = True
    denied_tables: frozenset[str] = frozenset()
    wrapping: Wrapping = "json"
    evict: bool = True
    session_seconds: float = 1800
    licence_seats: int = 5
    post_error: str | None = None
    item_error: str | None = None
