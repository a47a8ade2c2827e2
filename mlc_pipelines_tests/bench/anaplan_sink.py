"""Anaplan's file endpoints as a sink: bodies are read, counted and forgotten."""

from __future__ import annotations

import json

from mlc_pipelines.clock import SYSTEM_CLOCK


class AnaplanSink:
    """Answers the authentication service, and uploads of any file (docs/vendors/anaplan.md, section 5)."""

    def __init__(self) -> None:
        self._chunks = 0

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        if path.endswith("/authenticate"):
            expires = int((SYSTEM_CLOCK.now().timestamp() + 1800) * 1000)
            return json.dumps({"status": "SUCCESS", "tokenInfo": {"tokenValue": "t", "expiresAt": expires}}).encode()
        if method == "PUT":
            self._chunks += 1
            return b"{}"
        if path.endswith("/complete"):
            return json.dumps({"file": {"chunkCount": self._chunks}}).encode()
        self._chunks = 0
        return json.dumps({"file": {"id": path.rpartition("/")[2]}}).encode()
