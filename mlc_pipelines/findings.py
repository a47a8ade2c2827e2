"""What a live trial of a connection found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of `mlc ping`.

    Attributes:
        subject: what was tried.
        ok: whether it is well.
        message: what was seen.
        remedy: what to do when it is not well, or will not be if nothing is done.
        warning: it is well enough to go on, and somebody should know of it.
    """

    subject: str
    ok: bool
    message: str
    remedy: str = ""
    warning: bool = False
