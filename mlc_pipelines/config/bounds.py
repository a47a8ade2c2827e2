"""How large and how deep a configuration file may be, and what no text in it may hold.

Whatever is beyond that is refused before it is taken apart: a mistake (or a joke) in one file must not take the memory
or the time of everything else.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

LARGEST_YAML = 512 * 1024
"""Bytes; the largest tenant files that were seen have 40 thousand."""
LARGEST_MAP = 16 * 1024 * 1024
"""Bytes of a code map: some half a million codes."""
DEEPEST = 32
"""Levels of a YAML file, what its aliases stand for included; a tenant's plan has eight."""
MOST_VALUES = 20_000
"""Keys and values of a YAML file, what its aliases stand for included."""
MOST_FAULTS = 100
"""Faults of a file that are listed: nobody mends more at a time."""

_JOINERS = "\u200c\u200d"  # they belong to the spelling of some languages


class Refused(Exception):
    """A file that is not read: what is wrong with it, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def read_text(path: Path, largest: int) -> str:
    """The text of a file, without the mark that some programs put before UTF-8.

    Args:
        path: the file; a link to one is followed.
        largest: bytes it may have.

    Raises:
        Refused: no file (a pipe, a device, a link to nothing), too large, not UTF-8, or not to be read.
    """
    try:
        if not path.is_file():
            raise Refused("is no file, but a pipe, a device or a link that leads nowhere", "Put a file in its place.")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise Refused(f"can't be read: {error.strerror}", "Give its owner the right to read it.") from None
    if len(content) > largest:
        raise Refused(f"is larger than {largest // 1024} KB", "Take out what isn't configuration.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("is not UTF-8 text", "Save it as UTF-8.") from None


def unseen(text: str, *, lines: bool = False) -> str:
    """The first character that nobody sees in an editor and that would make two codes differ, such as `U+FEFF`.

    Args:
        text: a key, a value or a code.
        lines: whether it may have several lines, and tabs.
    """
    for character in text:
        if lines and character in "\n\r\t":
            continue
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in _JOINERS
        if hidden:
            return f"U+{ord(character):04X}"
    return ""
