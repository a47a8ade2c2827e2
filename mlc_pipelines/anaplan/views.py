"""Reading a view of any size by a read request (contract anaplan.md, section 8)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.discovery import find_by_name
from mlc_pipelines.anaplan.exports import TextRows, open_text
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import MlcError, TaskCancelled, TaskFailed, TransientError

_FIRST_LOOK = 1.0
_LOOK_EVERY = 5.0
_GONE = 404


@contextmanager
def open_view(api: ModelApi, clock: Clock, module: str, view: str, *, deadline: timedelta) -> Generator[TextRows]:
    """The rows of a view as Anaplan gathered them, page by page: a column per dimension and per line item.

    Args:
        api: the model; the caller holds its lock as long as the view is open, as pages hang while the model is busy.
        clock: ours.
        module: exact name.
        view: exact name; `default` is the module's own.
        deadline: how long to wait until Anaplan has gathered it.

    Raises:
        ConfigurationError: the model has no such module, or the module no such view.
        TaskCancelled: somebody cancelled the read request.
        TaskFailed: Anaplan could not read the view.
        TransientError: the deadline has passed.
        DataError: the header can't be read.
    """
    what = f"view {view!r} of module {module!r}"
    module_id = find_by_name(api.read_all("/modules", "modules"), module, "module")["id"]
    found = find_by_name(api.read_all(f"/modules/{module_id}/views", "views"), view, f"view of {module!r}")
    path = f"/views/{found['id']}/readRequests"
    # One too many, after a lost answer, is forgotten by Anaplan when nobody reads it.
    answer = api.request("POST", path, json={"exportType": "TABULAR_MULTI_COLUMN"}, repeatable=True).json()
    path += f"/{_read_request(answer)['requestId']}"
    try:
        pages = _wait(api, clock, path, what, deadline)
        with open_text(_whole_lines(_pages(api, path, pages)), what) as rows:
            yield rows
    finally:
        # It frees memory of Anaplan's; a failure costs nothing and must not hide the error that led here.
        with suppress(MlcError):
            api.request("DELETE", path, accept=(_GONE,))


def _read_request(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return answer.get("viewReadRequest") or answer


def _wait(api: ModelApi, clock: Clock, path: str, what: str, deadline: timedelta) -> int | None:
    """Until it is ready; gives the number of pages where Anaplan says it."""
    began = clock.monotonic()
    pause = _FIRST_LOOK
    while True:
        request = _read_request(api.get(path))
        state = str(request.get("requestState") or "")
        if state == "COMPLETE":
            break
        if state == "CANCELLED":
            raise TaskCancelled(f"The read of {what} was cancelled in Anaplan.", hint="Run it again.")
        if clock.monotonic() - began >= deadline.total_seconds():
            raise TransientError(f"The read of {what} is still {state} after {deadline}.", hint="Run it again later.")
        clock.sleep(pause)
        pause = _LOOK_EVERY
    if request.get("successful") is False:
        raise TaskFailed(f"Anaplan could not read {what}.", hint="Open the view in Anaplan to see whether it works.")
    pages = request.get("availablePages")
    return None if pages is None else int(pages)


def _pages(api: ModelApi, path: str, pages: int | None) -> Iterator[bytes]:
    """All pages in order; where their number is not known, the first that is missing is the end."""
    headers = {"Accept": "text/csv"}
    for number in count() if pages is None else range(pages):
        accept = (_GONE,) if pages is None and number else ()
        page = api.request("GET", f"{path}/pages/{number}", headers=headers, accept=accept)
        if page.status_code == _GONE:
            return
        yield page.content


def _whole_lines(pages: Iterator[bytes]) -> Iterator[bytes]:
    """Pages that may be joined: each ends at a line's end, and only the first has the header."""
    header = b""
    for page in pages:
        lines = page.removeprefix(b"\xef\xbb\xbf")
        if not header:
            header = _first_record(lines)
        elif _first_record(lines).rstrip() == header.rstrip():
            lines = lines[len(_first_record(lines)) :]
        yield lines if lines.endswith(b"\n") or not lines else lines + b"\n"


def _first_record(page: bytes) -> bytes:
    end = page.find(b"\n") + 1
    while end and page.count(b'"', 0, end) % 2:
        end = page.find(b"\n", end) + 1
    return page[:end] if end else page
