"""Which of Anaplan's answers may be tried again, and what they mean in plain words.

See docs/vendors/anaplan.md, section 8.
"""

from __future__ import annotations

from mlc_pipelines.errors import BadRequest, Forbidden, ModelBusy, NotFound, RateLimited
from mlc_pipelines.http import ErrorRule, Reaction, Response, Retry, parse_json

PATIENT = Retry(tries=40, cap=60.0, deadline=660.0)
"""For work: a model that is locked or in maintenance, or a service that is down, is waited for at least ten minutes.

The last wait has to end before the deadline, and may be as long as `cap`.
"""

BRIEF = Retry(tries=3, deadline=30.0)
"""For `ping`, which a person waits for."""

RULES: tuple[ErrorRule, ...] = (
    ErrorRule(
        status=429,
        reaction=Reaction.RATE_LIMITED,
        error=RateLimited,
        hint="All integrations of the customer share the limit: lower requests_per_minute, or what the others use.",
        wait=10.0,
    ),
    ErrorRule(
        status=403,
        reaction=Reaction.FAIL,
        error=Forbidden,
        hint="The Anaplan user lacks a right: it needs access to the workspace, a role on the model, and for this call "
        "perhaps to be workspace administrator.",
    ),
    ErrorRule(
        status=404,
        reaction=Reaction.FAIL,
        error=NotFound,
        hint="Anaplan answers 404 also when the user has no role on the model. `mlc ping` tells which it is.",
    ),
    ErrorRule(
        status=409,
        reaction=Reaction.RETRY,
        error=ModelBusy,
        executed=False,
        hint="The model is running a conflicting action. Run it again when that has ended.",
    ),
    ErrorRule(
        status=422,
        reaction=Reaction.FAIL,
        error=BadRequest,
        hint="If the model is archived, a workspace administrator has to unarchive it; otherwise the request is wrong.",
    ),
    ErrorRule(
        status=423,
        reaction=Reaction.RETRY,
        error=ModelBusy,
        executed=False,
        hint="An administrator has locked the model; it opens when that person unlocks it. Run it again then.",
    ),
    ErrorRule(
        status=424,
        reaction=Reaction.RETRY,
        error=ModelBusy,
        executed=False,
        hint="The model is offline or in maintenance mode. Run it again when a workspace administrator has ended that.",
    ),
    ErrorRule(
        status=425,
        reaction=Reaction.FAIL,
        error=BadRequest,
        hint="The model is in deployed mode, which forbids changing its structure. Import into a production list, "
        "or have a model builder change the mode.",
    ),
)


def describe(response: Response) -> str:
    """The vendor's message in an error body: the API's envelope, the authentication service's, or OAuth's."""
    try:
        body = parse_json(response.content)
    except ValueError:
        return response.text
    if not isinstance(body, dict):
        return response.text
    status = body.get("status")
    if isinstance(status, dict):
        return str(status.get("message") or status.get("code") or "")
    parts = (status, body.get("statusMessage"), body.get("error"), body.get("error_description"))
    return ": ".join(str(part) for part in parts if part) or response.text
