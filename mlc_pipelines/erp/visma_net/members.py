"""Answers that are one JSON object: errors, tokens, states of background requests."""

from __future__ import annotations

from typing import Any, cast

from mlc_pipelines.http import parse_json


def members(body: bytes) -> dict[str, Any]:
    """Its members, keys in lower case, for they come in any casing; none of a body that is no JSON object."""
    try:
        answer: Any = parse_json(body)
    except ValueError:
        return {}
    if not isinstance(answer, dict):
        return {}
    return {key.lower(): value for key, value in cast("dict[str, Any]", answer).items()}
