"""Several columns as one text, so that different rows never give the same: `A/B`, `C` is not `A`, `B/C`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_compute: Any = pc


def length_prefixed(columns: Sequence[Any]) -> Any:
    """The columns as one, for programs: each text behind its length, `1:A3:B/C`. A null makes the row's text null."""
    texts = [column.cast(pa.string()) for column in columns]
    parts = [part for text in texts for part in (_compute.binary_length(text).cast(pa.string()), ":", text)]
    return _compute.binary_join_element_wise(*parts, "")


def record_ids(columns: Sequence[Any]) -> Any:
    """The columns as one, for people: joined with a slash; a slash within a text is written `%2F` and `%` as `%25`.

    A single column stays as it is. A null makes the row's id null.
    """
    texts = [column.cast(pa.string()) for column in columns]
    if len(texts) == 1:
        return texts[0]
    for plain, escaped in (("%", "%25"), ("/", "%2F")):
        texts = [_compute.replace_substring(text, plain, escaped) for text in texts]
    return _compute.binary_join_element_wise(*texts, "/")
