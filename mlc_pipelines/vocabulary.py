"""Words of a vendor that decide something: a sign, a state, whether a row counts. One that nobody knows is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.errors import DataError

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

Decision = bool | int | str | None

_LONGEST_SAID = 80
_MOST_NAMED = 12


@dataclass(frozen=True)
class Vocabulary:
    """The closed table of what may stand in a field of a vendor, and what each word decides.

    There is no default: what is not in the table is a `DataError`.

    Attributes:
        decides: what the words decide, for people, such as `the sign of the amounts`.
        words: what each decides. The empty text stands for an empty field, where that decides as well.
        translated: the vendor writes them in the language of the user that signs in.

    Example:
        >>> side = Vocabulary("the side", {"D": 1, "C": -1})
        >>> side.decided(pa.array(["C", "D"])).to_pylist()
        [-1, 1]
    """

    decides: str
    words: Mapping[str, Decision]
    translated: bool = False

    def decided(self, said: Any) -> Any:
        """What each word of a column decides.

        Raises:
            DataError: a word is not in the table. `refuse_unknown` names its record; this is for what was not asked.
        """
        places = self._places(said)
        if places.null_count:
            word = said.filter(pc.is_null(places))[0].as_py()
            raise DataError(f"{_shown(word)} is not known. {self.told}", hint=self.remedy)
        return pc.take(pa.array(list(self.words.values())), places)

    def one(self, said: str | None, place: str) -> Any:
        """What one word decides.

        Args:
            said: the word.
            place: where it stands, such as `ledger GL: balanceType`.

        Raises:
            DataError: it is not in the table.
        """
        try:
            return self.words[said or ""]
        except KeyError:
            raise DataError(f"{place} is {_shown(said)}. {self.told}", hint=self.remedy) from None

    def unknown(self, said: Any) -> Any:
        """Which words of a column are not in the table, as a mask."""
        return pc.is_null(self._places(said))

    def of(self, *, decision: Decision) -> tuple[str, ...]:
        """The words that decide so."""
        return tuple(word for word, decided in self.words.items() if decided == decision)

    @property
    def told(self) -> str:
        """What it decides and which words are known, as a sentence."""
        known = [word or "(empty)" for word in self.words]
        more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
        return f"It decides {self.decides}, and only these words are known: {', '.join(known[:_MOST_NAMED])}{more}."

    @property
    def remedy(self) -> str:
        """What to do about another word."""
        language = "Set the language of the user that signs in to English. " if self.translated else ""
        return f"{language}Look at it there: a word that is right takes a version of this program that knows it."

    def _places(self, said: Any) -> Any:
        return pc.index_in(pc.fill_null(said.cast(pa.string()), ""), value_set=pa.array(list(self.words), pa.string()))


def refuse_unknown(subject: str, name: str, words: Vocabulary, said: Any, key: Mapping[str, Any]) -> None:
    """That all words of a column are known.

    Args:
        subject: the entity.
        name: of the field.
        words: of the field.
        said: the column.
        key: the columns that tell which record it is.

    Raises:
        DataError: names entity, field, word and record, and how many others are alike.
    """
    unknown = words.unknown(said)
    place = pc.index(unknown, value=True).as_py()
    if place < 0:
        return
    record = ", ".join(f"{name} {column[place].as_py()}" for name, column in key.items())
    others = pc.sum(unknown).as_py() - 1
    raise DataError(
        f"{subject}: {name} is {_shown(said[place].as_py())}{f' in the record of {record}' if record else ''}"
        f"{f' (and in {others} more rows)' if others else ''}. {words.told}",
        hint=words.remedy,
    )


def _shown(word: Any) -> str:
    if word is None or word == "":
        return "empty"
    text = str(word)
    return f"'{text[:_LONGEST_SAID]}'" + ("..." if len(text) > _LONGEST_SAID else "")
