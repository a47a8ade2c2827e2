"""Reading an answer's body within bounds: bytes as they are unpacked, and the time of the whole."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Callable, Iterator

import httpx

MEGABYTE = 1024 * 1024
ENCODINGS = "gzip"
"""What answers may be packed with: all servers know it, and it can be unpacked piece by piece."""

_GZIP = 31  # zlib's sign for a gzip member with the largest window
_PIECE = MEGABYTE
_GONE_WITH_PACKING = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class TooLarge(httpx.RequestError):
    """The body has more bytes than any answer of that server should have."""


class OtherPacking(httpx.DecodingError):
    """The body is packed in another way than was asked for, as the next one will be."""


class TooSlow(httpx.ReadTimeout):
    """The body was still coming when the time of the whole was over."""


def whole(answer: httpx.Response, largest: int, left: Callable[[], float]) -> httpx.Response:
    """The answer with its body read to the end, unpacked; JSON in UTF-8.

    Args:
        answer: with a body that is still to be read.
        largest: bytes that the body may have, packed and unpacked.
        left: seconds left for the rest.

    Raises:
        TooLarge, TooSlow: see there; the connection is closed.
        OtherPacking: see there.
        httpx.RequestError: the connection broke off, or what came can't be unpacked.
    """
    if answer.is_stream_consumed:
        return answer  # of a transport that gives it whole
    try:
        read = _read(answer, largest, left)
        body = _as_utf8(read, answer)
        recoded = body is not read
    finally:
        answer.close()
    gone = _GONE_WITH_PACKING | ({"content-type"} if recoded else frozenset())
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in gone]
    if recoded:
        headers.append(("content-type", "application/json"))  # in UTF-8 now
    return httpx.Response(
        answer.status_code,
        headers=headers,
        content=body,
        request=answer.request,
        extensions=answer.extensions,
    )


def _as_utf8(body: bytes, answer: httpx.Response) -> bytes:
    """A body of JSON in UTF-8.

    UTF-16 and UTF-32 show in the first bytes. Another encoding that the server names is meant only where the body isn't
    UTF-8.
    """
    if "json" not in answer.headers.get("content-type", "").lower():
        return body
    shown, named = json.detect_encoding(body), (answer.charset_encoding or "utf-8").lower()
    if not shown.startswith("utf-8"):
        with contextlib.suppress(UnicodeDecodeError):
            return body.decode(shown, "surrogatepass").encode(errors="surrogatepass")
    if named not in {"utf-8", "utf8"}:
        try:
            body.decode()
        except UnicodeDecodeError:
            with contextlib.suppress(LookupError, UnicodeDecodeError):
                return body.decode(named).encode()
    return body


def _read(answer: httpx.Response, largest: int, left: Callable[[], float]) -> bytes:
    pieces: list[bytes] = []
    length = 0
    for piece in _unpacked(answer, _raw(answer, largest, left)):
        length += len(piece)
        if length > largest:
            raise _too_large(answer, largest)
        pieces.append(piece)
    return b"".join(pieces)


def _raw(answer: httpx.Response, largest: int, left: Callable[[], float]) -> Iterator[bytes]:
    told = answer.headers.get("content-length", "")
    if told.isdecimal() and len(told) < 20 and int(told) > largest:
        raise _too_large(answer, largest)
    for piece in answer.iter_raw():
        if left() < 0:
            raise TooSlow("it was still coming, piece by piece", request=answer.request)
        yield piece


def _unpacked(answer: httpx.Response, raw: Iterator[bytes]) -> Iterator[bytes]:
    packing = answer.headers.get("content-encoding", "identity").strip().lower()
    if packing in {"identity", ""}:
        yield from raw
        return
    if packing not in {"gzip", "x-gzip"}:
        raise OtherPacking("it is packed in a way that was not asked for", request=answer.request)
    member = zlib.decompressobj(_GZIP)
    empty = True
    try:
        for packed in raw:
            empty, rest = False, packed
            while rest:
                if member.eof:
                    member = zlib.decompressobj(_GZIP)
                # Never more than a piece at a time: some bytes stand for a thousand times as many.
                yield member.decompress(rest, _PIECE)
                rest = member.unconsumed_tail or member.unused_data
    except zlib.error:
        raise httpx.DecodingError("what came can't be unpacked", request=answer.request) from None
    if not (member.eof or empty):
        raise httpx.DecodingError("it is cut off", request=answer.request)


def _too_large(answer: httpx.Response, largest: int) -> TooLarge:
    return TooLarge(f"it has more than {largest // MEGABYTE} MB", request=answer.request)
