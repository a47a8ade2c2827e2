"""Answers that come whole and are not what was asked: of a gateway, a proxy, another version."""

from __future__ import annotations

from mlc_sandbox.serving import answer

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
OTHERS = {
    "a page": answer(200, HTML, "<!DOCTYPE html>\n<html><body><h1>Please sign in</h1></body></html>"),
    "a page called JSON": answer(200, JSON, "<html><body>Please sign in</body></html>"),
    "a page in UTF-16": answer(200, HTML, "<html><body>Please sign in</body></html>".encode("utf-16")),
    "nothing": answer(200, JSON),
    "blanks": answer(200, {}, "\r\n"),
    "null": answer(200, JSON, "null"),
    "a number": answer(200, JSON, "7"),
    "a text": answer(200, JSON, '"Welcome"'),
    "words": answer(200, {"content-type": "text/plain"}, "Welcome to the gateway"),
    "another object": answer(200, JSON, {"status": "ok", "records": 5}),
    "an object of nothing": answer(200, JSON, "{}"),
    "a list of lists": answer(200, JSON, "[[1]]"),
    "another encoding and object": answer(200, JSON, '{"größe": 1}'.encode("latin-1")),
}
TOKENS = {
    "null": b"null",
    "empty": b'""',
    "a number": b"5",
    "false": b"false",
    "an object": b'{"value": "x"}',
    "a list": b'["x"]',
    "letters that no header has": '"tök\u0441n"'.encode(),
    "a line end": b'"tok\\nen"',
}
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"]
