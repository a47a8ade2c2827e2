"""`$batch`: several calls in one multipart body (docs/vendors/sap_business_one.md, section 7)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from mlc_sandbox.sap_business_one.answers import Answer, Call, Refusal, bad_query
from mlc_sandbox.sap_business_one.books import Books

_BOUNDARY = re.compile(r"boundary=\"?([^\";,\s]+)")
_REQUEST = re.compile(r"(GET|POST|PATCH|PUT|DELETE) (\S+)(?: HTTP/1\.1)?")
_STATUS = {"v1": 202, "v2": 200}

Run = Callable[[Call], Answer]


@dataclass(frozen=True)
class _Part:
    headers: Mapping[str, str]
    body: str


def answer_batch(call: Call, run: Run, books: Books) -> Answer:
    """Run the parts in order, up to the first that fails.

    Raises:
        Refusal: the body is no batch.
    """
    undo = books.savepoint()
    try:
        answers = _run_parts(call, run, books)
    except Refusal:
        # A batch that can't be understood does nothing.
        undo()
        raise
    boundary = f"batchresponse_{uuid.uuid4()}"
    body = _multipart(boundary, answers)
    return Answer(_STATUS[call.version], body, {"content-type": f"multipart/mixed; boundary={boundary}"})


def _run_parts(call: Call, run: Run, books: Books) -> list[str]:
    answers: list[str] = []
    for part in _parts(call.headers.get("content-type", ""), call.body.decode("utf-8", "replace")):
        if _BOUNDARY.search(part.headers.get("content-type", "")):
            text, failed = _change_set(call, part, run, books)
        else:
            answer = run(_call(call, part, {}))
            text, failed = _http(answer), answer.status >= 400
        answers.append(text)
        if failed:
            break
    return answers


def _change_set(call: Call, part: _Part, run: Run, books: Books) -> tuple[str, bool]:
    """All or nothing: the answers as a multipart of their own, or the one of the call that failed."""
    undo = books.savepoint()
    answers: list[str] = []
    created: dict[str, str] = {}
    for inner in _parts(part.headers["content-type"], part.body):
        name = inner.headers.get("content-id", "")
        if call.version == "v2" and not name:
            raise bad_query("Incomplete Batch Request Body! Content-ID is required.")
        request = _call(call, inner, created)
        if request.method == "GET":
            raise bad_query("Incomplete Batch Request Body! No GET in a change set.")
        answer = run(request)
        if answer.status >= 400:
            undo()
            return _http(answer), True
        if location := answer.headers.get("location"):
            created[f"${name}"] = location.rpartition("/")[2]
        answers.append(_http(answer, content_id=name))
    boundary = f"changesetresponse_{uuid.uuid4()}"
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{_multipart(boundary, answers)}", False


def _parts(content_type: str, body: str) -> list[_Part]:
    match = _BOUNDARY.search(content_type)
    if match is None or f"--{match[1]}--" not in body:
        raise bad_query("Incomplete Batch Request Body!")
    inside = body.replace("\r\n", "\n").partition(f"--{match[1]}--")[0]
    found = [_part(text) for text in inside.split(f"--{match[1]}\n")[1:]]
    if not found:
        raise bad_query("Incomplete Batch Request Body!")
    return found


def _part(text: str) -> _Part:
    head, _, body = text.partition("\n\n")
    return _Part(_headers(head.splitlines()), body)


def _call(batch: Call, part: _Part, created: Mapping[str, str]) -> Call:
    """The call that a part holds, with what an earlier one of the change set created in the place of `$1`."""
    if part.headers.get("content-type") != "application/http":
        raise bad_query("Incomplete Batch Request Body!")
    head, _, body = part.body.partition("\n\n")
    line, *headers = head.strip().splitlines() or [""]
    match = _REQUEST.fullmatch(line.strip())
    if match is None:
        raise bad_query("Incomplete Batch Request Body!")
    path, _, query = match[2].partition("?")
    path = unquote(path.partition(f"/b1s/{batch.version}/")[2] or path.lstrip("/"))
    first, slash, rest = path.partition("/")
    path = created.get(first, first) + slash + rest
    options = dict(parse_qsl(query, keep_blank_values=True))
    return Call(match[1], batch.version, batch.root, path, options, _headers(headers), body.strip().encode())


def _headers(lines: Sequence[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _http(answer: Answer, content_id: str = "") -> str:
    body = answer.body.decode() if isinstance(answer.body, bytes) else answer.body
    headers = "".join(f"{name.title()}: {value}\r\n" for name, value in answer.headers.items())
    label = f"Content-ID: {content_id}\r\n" if content_id else ""
    return (
        f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{label}\r\n"
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{headers}"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    )


def _multipart(boundary: str, parts: Sequence[str]) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
