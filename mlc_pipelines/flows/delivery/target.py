"""What the model's side of a load can hold, and which texts it can't: told by record, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.anaplan import FileForm

_compute: Any = pc

LONGEST_NAME = 60
"""Characters of a member's name or code."""


@dataclass(frozen=True)
class Reason:
    """Why a text has no place in the model.

    Attributes:
        words: behind the value in a message.
        remedy: what to do.
        stops: nothing of the load is sent, whatever `on_unmapped` says.
    """

    words: str
    remedy: str
    stops: bool = False


@dataclass(frozen=True)
class Target:
    """Where a load goes.

    Attributes:
        form: of the file; direct writes have one that holds every text.
        names: headers of columns with names and codes of list members.
        numbered_code: header of the code column of a numbered list, whose members Anaplan names itself; else empty.
        into_list: whether members of a list are loaded.
        replace: letters that the form's encoding lacks are sent as question marks.
    """

    form: FileForm = FileForm()  # noqa: RUF009 - immutable
    names: frozenset[str] = frozenset()
    numbered_code: str = ""
    into_list: bool = False
    replace: bool = False

    def replaced(self, texts: pa.Array) -> pa.Array:
        """The texts with a question mark for every letter that the encoding lacks."""
        if not self.replace or self.form.unicode:
            return texts
        codec = self.form.encoding
        return _each(texts, lambda text: text.encode(codec, "replace").decode(codec))

    def refused(self, header: str, texts: pa.Array) -> Iterator[tuple[pa.Array, Reason]]:
        """Masks of the texts of a column that can't be sent, and why."""
        distinct = _compute.unique(texts).to_pylist() if self._has_limits(header) else []
        reasons = {text: reason for text in distinct if text and (reason := self._reason(header, text))}
        for reason in dict.fromkeys(reasons.values()):
            chosen = [text for text, why in reasons.items() if why == reason]
            yield _compute.is_in(texts, value_set=pa.array(chosen, pa.string())), reason

    def _has_limits(self, header: str) -> bool:
        return not self.form.unicode or not self.form.quote or header in self.names or header == self.numbered_code

    def _reason(self, header: str, text: str) -> Reason | None:
        if lacking := _lacking(text, self.form.encoding):
            return Reason(
                f"the file's encoding {self.form.encoding} has no {lacking!r}",
                "Have a model builder set the encoding of the import's source to UTF-8, or write "
                "on_unencodable: replace.",
                stops=True,
            )
        if not self.form.quote and (any(sign in text for sign in (self.form.separator, "\n", "\r")) or text[0] == '"'):
            return Reason(
                f"it holds the separator {self.form.separator!r}, a line break or a leading quote, and the file has no "
                "text delimiter",
                "Have a model builder set the text delimiter of the import's source to a double quote.",
                stops=True,
            )
        if header in self.names and len(text) > LONGEST_NAME:
            return Reason(
                f"it has more than {LONGEST_NAME} characters, the most that Anaplan takes for a name or code",
                "Shorten them in the ERP or by a map, or set on_unmapped: quarantine. A column that fills a property "
                "needs another header.",
            )
        if header == self.numbered_code and text.startswith("#"):
            return Reason(
                "a code that begins with # is taken for the number of a member in a numbered list",
                "Change them in the ERP or by a map, or set on_unmapped: quarantine.",
            )
        return None


def _lacking(text: str, codec: str) -> str:
    """The first letter that the encoding has no place for; empty when it has one for all."""
    try:
        text.encode(codec)
    except UnicodeEncodeError as error:
        return text[error.start]
    return ""


def _each(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    encoded = texts.dictionary_encode()
    values = cast("list[str]", encoded.dictionary.to_pylist())
    return pa.array([change(value) for value in values], pa.string()).take(encoded.indices)
