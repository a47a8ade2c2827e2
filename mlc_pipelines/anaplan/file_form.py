"""How Anaplan says that a file is read or written; what is not in these tables is refused (docs/anaplan.md).

A sign is told by itself or by its name; a member that is left out says nothing, and the usual stands for it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlc_pipelines.errors import ConfigurationError

SEPARATORS: Mapping[str, str] = {
    **{sign: sign for sign in ",;\t|:^~"},
    "COMMA": ",",
    "SEMICOLON": ";",
    "TAB": "\t",
    "\\t": "\t",
    "PIPE": "|",
    "VERTICAL_BAR": "|",
    "COLON": ":",
}
"""Between columns; of all these only a comma may be a decimal sign as well."""

DELIMITERS: Mapping[str, str] = {'"': '"', "DOUBLE_QUOTE": '"', "QUOTE": '"', "": "", "NONE": ""}
"""Around texts. Files are sent with double quotes or none; those of exports are read with single quotes as well."""

DECIMAL_SIGNS: Mapping[str, str] = {".": ".", "FULL_STOP": ".", "DOT": ".", ",": ",", "COMMA": ","}

THOUSANDS_SIGNS: Mapping[str, str] = {
    **DECIMAL_SIGNS,
    "": "",
    "NONE": "",
    " ": " ",
    "SPACE": " ",
    "\u00a0": " ",
    "'": "'",
    "APOSTROPHE": "'",
}
"""Numbers are sent without; the sign may only not be the decimal one."""

DATE_FORMATS = frozenset({"yyyy-mm-dd", "iso", "iso_8601", "iso-8601"})
"""In lower case: the one form that dates are sent in."""

LAYOUTS = frozenset(
    {"TABULAR_MULTI_COLUMN", "TABULAR_SINGLE_COLUMN", "TABULAR_ALL_LINE_ITEMS", "TABULAR_CURRENT_LINE_ITEM"}
)
"""Of an export: a header, then rows of one width."""

EXPORT_FORMATS = frozenset({"text/csv", "text/plain"})

UNICODE = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
"""Codecs that have every letter."""

CODECS = UNICODE | {
    *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
    *(f"cp{page}" for page in (437, 850, 852, 874, 932, 936, 949, 950, *range(1250, 1259))),
    *("ascii", "mac-roman", "koi8-r", "koi8-u", "big5", "gbk", "gb2312", "gb18030", "euc_jp", "euc_kr", "shift_jis"),
}

_BUILDER = "Have a model builder"

_SAYS_HOW = re.compile(
    r"(Separator|Delimiter|Encoding|Sign|Format|Row|Quote|Escape|Character|LineEnd)s?$", re.IGNORECASE
)
_IMPORT_MEMBERS = frozenset(
    {"columnSeparator", "textDelimiter", "decimalSeparator", "thousandsSeparator", "groupingSeparator"}
    | {"headerRow", "firstDataRow", "dateFormat", "textEncoding"}
)
_EXPORT_MEMBERS = frozenset({"separator", "delimiter", "encoding", "exportFormat"})


@dataclass(frozen=True)
class FileForm:
    """What a file of rows looks like.

    Attributes:
        headers: column names in order; empty when Anaplan doesn't tell them.
        separator: between columns, one character.
        quote: around texts, doubled within; empty when they stand bare.
        encoding: a Python codec name.
        decimal_sign: of numbers.
    """

    headers: tuple[str, ...] = ()
    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    decimal_sign: str = "."

    @property
    def unicode(self) -> bool:
        """Whether every letter can be written."""
        return self.encoding in UNICODE


@dataclass(frozen=True)
class _Members:
    """The members of one action's metadata."""

    action: str
    told: Mapping[str, Any]

    def sign(self, member: str, known: Mapping[str, str], default: str, remedy: str) -> str:
        value = self.told.get(member)
        if value is None:
            return default
        if not isinstance(value, str) or value not in known:
            raise self.refusal(member, f"{_BUILDER} set it to {remedy}.")
        return known[value]

    def codec(self, member: str) -> str:
        value = self.told.get(member)
        if value is None or value == "":
            return "utf-8"
        try:
            codec = codecs.lookup(str(value)).name
        except (LookupError, ValueError):
            codec = ""
        if codec not in CODECS:
            raise self.refusal(member, f"{_BUILDER} set it to UTF-8.")
        return codec

    def refuse_others(self, known: Collection[str]) -> None:
        """Refuse members of newer versions that by their names say how a file is read or written."""
        for member, value in self.told.items():
            if member not in known and _SAYS_HOW.search(member) and value not in (None, ""):
                raise self.refusal(member, f"It is not known what it does to the file. {_BUILDER} take the usual.")

    def headers(self) -> tuple[str, ...]:
        told = self.told.get("headerNames") or ()
        if not isinstance(told, list | tuple) or not all(isinstance(name, str) for name in cast("list[Any]", told)):
            raise self.refusal("headerNames", f"It is no list of names. {_BUILDER} map it to a file anew.")
        names = tuple(cast("list[str]", told))
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or any(not name.strip() for name in names):
            found = f"the columns {', '.join(twice)} more than once" if twice else "a column without a name"
            raise ConfigurationError(
                f"The file of {self.action} has {found} (headerNames).",
                hint=f"{_BUILDER} map it to a file whose headers are all there and differ.",
            )
        count = self.told.get("columnCount")
        if names and count is not None and str(count) != str(len(names)):
            raise ConfigurationError(
                f"The file of {self.action} has {count} columns (columnCount), but {len(names)} headers (headerNames).",
                hint=f"{_BUILDER} map it to a file with one header for each column.",
            )
        return names

    def refusal(self, member: str, remedy: str) -> ConfigurationError:
        value = self.told.get(member)
        return ConfigurationError(
            f"The file of {self.action} has {member} {value!r}, which is not served."
            if isinstance(value, str)
            else f"The file of {self.action} has {member} {value}, which is not served.",
            hint=remedy,
        )


def import_form(action: str, source: Mapping[str, Any]) -> FileForm:
    """The form of an import's file, from `importMetadata.source` (docs/vendors/anaplan.md, section 4).

    Args:
        action: for messages.
        source: as Anaplan tells it.

    Raises:
        ConfigurationError: a member has a value that is not obeyed, or two that contradict each other.
    """
    members = _Members(action, source)
    members.refuse_others(_IMPORT_MEMBERS)
    separator = members.sign("columnSeparator", SEPARATORS, ",", "a comma, a semicolon or a tab")
    quote = members.sign("textDelimiter", DELIMITERS, '"', "a double quote")
    decimal_sign = members.sign("decimalSeparator", DECIMAL_SIGNS, ".", "a full stop or a comma")
    for member in ("thousandsSeparator", "groupingSeparator"):
        if members.sign(member, THOUSANDS_SIGNS, "", "none") == decimal_sign:
            raise members.refusal(member, f"It is the decimal sign as well. {_BUILDER} set it to none.")
    if separator == decimal_sign and not quote:
        raise members.refusal(
            "columnSeparator", f"Numbers have it too, and texts no delimiter. {_BUILDER} set it to a semicolon."
        )
    for member, only in (("headerRow", 1), ("firstDataRow", 2)):
        if str(only if source.get(member) is None else source[member]) != str(only):
            raise members.refusal(member, f"Headers are sent in row 1, rows from row 2. {_BUILDER} set it to {only}.")
    if str(source.get("dateFormat") or "iso").lower() not in DATE_FORMATS:
        raise members.refusal("dateFormat", f"Dates are sent as YYYY-MM-DD. {_BUILDER} set it so.")
    return FileForm(members.headers(), separator, quote, members.codec("textEncoding"), decimal_sign)


def export_form(action: str, listed: Mapping[str, Any], metadata: Mapping[str, Any]) -> FileForm:
    """The form of an export's file, from its entry in the list of exports and from `exportMetadata`.

    Args:
        action: for messages.
        listed: the entry, with `layout` and `exportFormat`.
        metadata: as Anaplan tells it.

    Raises:
        ConfigurationError: it is no table of text, or a member has a value that is not obeyed.
    """
    members = _Members(action, {**listed, **metadata})
    members.refuse_others(_EXPORT_MEMBERS)
    for member in ("layout", "exportType"):
        if members.told.get(member) is not None and members.told[member] not in LAYOUTS:
            raise members.refusal(member, f"{_BUILDER} give it a tabular layout (TABULAR_MULTI_COLUMN).")
    for told in (listed, metadata):
        kind = str(told.get("exportFormat") or "text/csv").partition(";")[0].strip().lower()
        if kind not in EXPORT_FORMATS or (kind == "text/plain" and not metadata.get("separator")):
            raise _Members(action, told).refusal("exportFormat", f"{_BUILDER} set its file type to CSV (text/csv).")
    return FileForm(
        members.headers(),
        members.sign("separator", SEPARATORS, ",", "a comma, a semicolon or a tab"),
        members.sign("delimiter", {**DELIMITERS, "'": "'"}, '"', "a double quote"),
        members.codec("encoding"),
    )
