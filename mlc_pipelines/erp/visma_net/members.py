"""Answers that are one JSON object: errors, tokens, states of background requests."""

from __future__ import annotations

import json
from typing import Any, cast


def members(body: bytes) -> dict[str, Any]:
    """Its members, keys in lower case, for they come in any casing; none of a body that is no JSON object."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(answer, dict):
        return {}
    return {key.lower(): value for key, value in cast("dict[str, Any]", answer).items()}
