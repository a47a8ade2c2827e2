"""How e.net refuses: a text that begins with ERROR, or an ErrorDescription within the XML; the status is 200."""

from __future__ import annotations


class EnetError(Exception):
    """The whole call is refused; the message goes behind `ERROR: `."""


class DocumentError(Exception):
    """The business object refuses the document; the message becomes an `ErrorDescription`.

    Attributes:
        number: `ErrorNumber`.
    """

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


SESSION_ENDED = (
    "The supplied UserID is invalid. Either you were not logged in; or your session has expired. "
    "You will need to logon again."
)
