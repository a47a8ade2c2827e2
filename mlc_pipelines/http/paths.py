"""Values in the path of an address: quoted by one function, so that none leads anywhere else."""

from __future__ import annotations

from urllib.parse import quote, unquote

from mlc_pipelines.errors import PermanentError

_DOTS = frozenset({".", ".."})


def path_part(value: object) -> str:
    """A value as one part of a path: `f"/files/{path_part(file_id)}/chunks"`.

    >>> path_part("a/b?c#d"), path_part("%2e%2e"), path_part(113000000000)
    ('a%2Fb%3Fc%23d', '%252e%252e', '113000000000')

    Raises:
        PermanentError: it is empty or `.` or `..`, which would make the address another one, or no text.
    """
    text = str(value)
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if not quoted or text in _DOTS:
        raise PermanentError(
            f"{text!r} can't stand in an address: nothing was requested.", hint="Look where it is from."
        )
    return quoted


def has_dots(path: str) -> bool:
    """Whether a path has parts that lead elsewhere, written plainly or percent-encoded: `/a/../b`, `/a/%2e%2E`."""
    plain = path.partition("#")[0].partition("?")[0].replace("\\", "/")
    return not _DOTS.isdisjoint(unquote(part) for part in plain.split("/"))
