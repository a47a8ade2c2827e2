"""GL codes in parts: SYSPRO has no cost centres, they are a section of the code.

See docs/vendors/syspro.md, section B2.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none


class CodeSplitter:
    """Splits codes by a pattern with named groups; codes without a match have no parts.

    Args:
        pattern: of `SysproConnection.cost_centre_pattern`.

    Attributes:
        parts: that the pattern has groups for.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self.parts = tuple(self._pattern.groupindex) or ("cost_centre",)

    def part(self, codes: Any, name: str) -> Any:
        """That part of each code; null where there is none."""
        encoded = pc.dictionary_encode(codes).combine_chunks()
        parts = [self._part(code, name) for code in encoded.dictionary.to_pylist()]
        return pa.chunked_array([pa.array(parts, pa.string()).take(encoded.indices)])

    def matches(self, code: str) -> bool:
        """Whether the code has parts."""
        return self._pattern.search(code) is not None

    def _part(self, code: str, name: str) -> str | None:
        found = self._pattern.search(code)
        if found and name == "cost_centre" and not self._pattern.groupindex:
            return found[1]
        return found.groupdict().get(name) if found else None
