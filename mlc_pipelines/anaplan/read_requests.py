"""Read requests: what Anaplan gathers first and then gives page by page (docs/vendors/anaplan.md, section 8)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.exports import TextRows, open_text
from mlc_pipelines.anaplan.words import CANCELLED, COMPLETE, READ_STATE
from mlc_pipelines.errors import MlcError, TaskCancelled, TaskFailed, TransientError
from mlc_pipelines.http import Answer, path_part, read_object

_FIRST_LOOK = 1.0
_LOOK_EVERY = 5.0
_GONE = 404


@contextmanager
def open_read_request(
    api: ModelApi, of: str, what: str, *, deadline: timedelta, json: Mapping[str, str] | None = None
) -> Generator[TextRows]:
    """The rows of a view or list of any size, page by page.

    Args:
        api: the model; the caller holds its lock as long as the rows are read, as pages hang while the model is busy.
        of: path of the view or list.
        what: for messages.
        deadline: how long to wait until Anaplan has gathered it.
        json: how Anaplan shall lay it out.

    Raises:
        TaskCancelled: somebody cancelled the read request.
        TaskFailed: Anaplan could not read it.
        TransientError: the deadline has passed.
        DataError: its state is not known, or the header can't be read.
    """
    path = f"{of}/readRequests"
    # One too many, after a lost answer, is forgotten by Anaplan when nobody reads it.
    begun = _read_request(read_object(api.request("POST", path, json=json, repeatable=True)))
    path += f"/{path_part(begun.needed('requestId'))}"
    try:
        pages = _wait(api, path, what, deadline)
        with open_text(_whole_lines(_pages(api, path, what, pages)), what) as rows:
            yield rows
    finally:
        # It frees memory of Anaplan's; a failure costs nothing and must not hide the error that led here.
        with suppress(MlcError):
            api.request("DELETE", path, accept=(_GONE,))


def _read_request(answer: Answer) -> Answer:
    return answer.inner("viewReadRequest") or answer.inner("listReadRequest") or answer


def _wait(api: ModelApi, path: str, what: str, deadline: timedelta) -> int | None:
    """Until it is ready; gives the number of pages where Anaplan says it."""
    began = api.clock.monotonic()
    pause = _FIRST_LOOK
    while True:
        request = _read_request(api.get(path))
        state = request.text("requestState")
        come_to = READ_STATE.one(state, f"The read request {request.text('requestId')} of {what}: requestState")
        if come_to == COMPLETE:
            break
        if come_to == CANCELLED:
            raise TaskCancelled(f"The read of {what} was cancelled in Anaplan.", hint="Run it again.")
        if api.clock.monotonic() - began >= deadline.total_seconds():
            raise TransientError(f"The read of {what} is still {state} after {deadline}.", hint="Run it again later.")
        api.clock.sleep(pause)
        pause = _LOOK_EVERY
    if request.get("successful") is not None and not request.flag("successful"):
        raise TaskFailed(f"Anaplan could not read {what}.", hint="Open it in Anaplan to see whether it works.")
    return None if request.get("availablePages") is None else request.whole("availablePages")


def _pages(api: ModelApi, path: str, what: str, pages: int | None) -> Iterator[bytes]:
    """All pages in order; where their number is not known, the first that is missing is the end.

    Unless the whole read request is gone: Anaplan keeps it for half an hour (docs/vendors/anaplan.md, section 8.1).
    """
    headers = {"Accept": "text/csv"}
    for number in count() if pages is None else range(pages):
        page = api.request("GET", f"{path}/pages/{number}", headers=headers, accept=(_GONE,) if number else ())
        if page.status_code != _GONE:
            yield page.content
            continue
        if pages is None and api.request("GET", path, accept=(_GONE,)).status_code != _GONE:
            return
        raise TransientError(f"Page {number} of the read of {what} has vanished in Anaplan.", hint="Run it again.")


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
