"""Which texts are values of a format."""

from __future__ import annotations

import re
from datetime import date

from mlc_sandbox.anaplan.spec.model import Format

_NUMBER = re.compile(r"[+-]?(\d{1,23}(\.\d{0,15})?|\.\d{1,15})")


def property_fault(number_format: Format, text: str) -> tuple[str, str] | None:
    """Detail type and words when a text is no value of a format; an empty text always is one."""
    if not text:
        return None
    if number_format == "NUMBER" and not _NUMBER.fullmatch(text):
        return "moduleImportNumberFormat", f"Invalid number: {text}"
    if number_format == "BOOLEAN" and text.lower() not in {"true", "false", "1", "0"}:
        return "moduleImportBooleanFormat", f"Invalid boolean: {text}"
    if number_format == "DATE" and not is_date(text):
        return "dateFormatInvalid", f"Invalid date: {text}"
    return None


def is_date(text: str) -> bool:
    """Whether a text is an ISO date, the one date format of the sandbox."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
