"""Numbers and dates in the form that an import's file has, made plain: a decimal point, ISO dates."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from mlc_sandbox.anaplan.contents.cells import pc
from mlc_sandbox.anaplan.spec.actions import FileSpec

_NO_NUMBER = "?"


def plain_number(text: str, file: FileSpec) -> str:
    """The number with a decimal point and nothing else; what is none in the file's form is none in the plain one."""
    return str(plain_numbers(pa.array([text]), file)[0].as_py())


def plain_numbers(texts: pa.Array, file: FileSpec) -> pa.Array:
    """The same for a column."""
    if file.thousands_separator:
        texts = pc.replace_substring(texts, file.thousands_separator, "")
    if file.decimal_separator != ".":
        texts = pc.replace_substring(texts, ".", _NO_NUMBER)
        texts = pc.replace_substring(texts, file.decimal_separator, ".")
    return texts


def plain_date(text: str, file: FileSpec) -> str | None:
    """The date as YYYY-MM-DD, or None when the text is no date in the file's form."""
    pattern = file.date_format or "yyyy-MM-dd"
    for letters, directive in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d")):
        pattern = pattern.replace(letters, directive)
    try:
        return datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None
