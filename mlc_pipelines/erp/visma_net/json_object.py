"""Answers that are one JSON object: errors, tokens, states of background requests."""

from __future__ import annotations

from typing import Any, cast

from mlc_pipelines.http import Answer, Response, parse_json, read_object


def members(body: bytes) -> dict[str, Any]:
    """Its members, keys in lower case, for they come in any casing; none of a body that is no JSON object."""
    try:
        answer: Any = parse_json(body)
    except ValueError:
        return {}
    if not isinstance(answer, dict):
        return {}
    return _folded(cast("dict[str, Any]", answer))


def answered(response: Response) -> Answer:
    """The same where there is to be an object.

    Raises:
        DataError: it is none.
        Unavailable: it is only the beginning of one.
    """
    answer = read_object(response)
    return answer.of(_folded(answer))


def _folded(answer: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in answer.items()}
