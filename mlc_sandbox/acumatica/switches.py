"""What tests may turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

VERSIONS = ("20.200.001", "22.200.001", "23.200.001", "24.200.001", "25.200.001")


def _unoptimisable() -> dict[str, set[str]]:
    return {"Payment": {"ApplicationHistory"}}


@dataclass
class Switches:
    """Everything that a test may turn while the sandbox runs.

    Numbers in brackets are sections of docs/vendors/acumatica.md.

    Attributes:
        versions: of the Default endpoint that this build has (3).
        entity_list: shape of `GET /entity`: an object, or the bare array of older builds (3).
        entity_list_needs_login: answer `GET /entity` 401 without a session, as SaaS does (3).
        single_tenant: any tenant name will do at a cookie login (2.2).
        refused_logins: status of a login with wrong credentials; newer builds send 401 or 400 (2.2).
        expires_in_as_text: the token answer holds the text "3600" (2.1).
        sliding_refresh: each refresh starts the 30 days anew (2.1).
        max_api_users: seats of the licence (12).
        max_logins_per_user: seats of one user (2.3).
        seat_limit_shape: how a login beyond the seats is refused: 429 at the login, the login works and calls are
            redirected, or 429 with plain text (12).
        max_concurrent: requests that are executed together; more wait in a queue (12).
        queue_len: requests that may wait; more are declined with 429 (12).
        rpm: requests a minute; above half of them each is delayed, beyond them they are declined (12).
        delay_factor: share of that delay that is really waited for; 0 only notes it in `gate.delays`.
        decline_every_n: every n-th request is declined with 429 (12).
        declined_as: body of a 429 (11).
        forbidden: entities whose form the user may not open: 403 (11).
        subaccounts_feature: off, `Subaccount` is 403 (6).
        not_set_up: entities whose set-up is missing: 500 (11).
        hidden: keys (joined with `/`) that restriction groups hide silently, by entity (5).
        unoptimisable: fields and details that fail a whole list, by entity (5).
        keys_ascending: rows of lists come by key; off, in an order that means nothing (5).
        unexpanded: details that were not asked for come as empty arrays or not at all (5).
        user_language: of the API user: labels of choices are in it unless the login asks for another (2.2, 4).
        padded_codes: identifiers come with trailing spaces (4).
        utc_offset_minutes: offset that moments and days are written with (4).
        dashed_periods: period ids of the calendar come as `01-2025` (17).
        business_views: `View.Field` of customisation fields on journals (4).
        hold_by_default: a new journal is on hold unless it says otherwise (8).
        require_approval: a journal taken off hold awaits approval (8).
        auto_post: releasing a batch posts it too (8).
        posting_seconds: time between the end of a release and the posting (8).
        release_polls: 202s of the status before it ends (8).
        release_at_once: the release itself answers 204 (8).
        release_fails: the status ends in an error, and the batch stays as it was (8).
        absolute_location: `Location` is a whole URL (8).
        post_status: of a POST on an entity: 406 or 405 (8).
        validation_shape: of refused records: the record with errors, an HttpError mixed in, or the 500 of old
            builds (11).
        budget_persists: a PUT of a budget is kept (9).
    """

    versions: tuple[str, ...] = VERSIONS
    entity_list: Literal["object", "array"] = "object"
    entity_list_needs_login: bool = False
    single_tenant: bool = False
    refused_logins: Literal[500, 401, 400] = 500
    expires_in_as_text: bool = False
    sliding_refresh: bool = False
    max_api_users: int = 6
    max_logins_per_user: int | None = None
    seat_limit_shape: Literal["login429", "bearer302", "text429"] = "login429"
    max_concurrent: int = 6
    queue_len: int = 20
    rpm: int | None = None
    delay_factor: float = 1.0
    decline_every_n: int | None = None
    declined_as: Literal["json", "empty", "text"] = "json"
    forbidden: set[str] = field(default_factory=set[str])
    subaccounts_feature: bool = True
    not_set_up: set[str] = field(default_factory=set[str])
    hidden: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    unoptimisable: dict[str, set[str]] = field(default_factory=_unoptimisable)
    keys_ascending: bool = False
    unexpanded: Literal["empty", "absent"] = "empty"
    user_language: Literal["en-US", "de-DE"] = "en-US"
    padded_codes: bool = False
    utc_offset_minutes: int = 0
    dashed_periods: bool = False
    business_views: set[str] = field(default_factory=lambda: {"BatchModule.UsrExtRef"})
    hold_by_default: bool = True
    require_approval: bool = False
    auto_post: bool = True
    posting_seconds: float = 0.0
    release_polls: int = 1
    release_at_once: bool = False
    release_fails: bool = False
    absolute_location: bool = False
    post_status: Literal[406, 405] = 406
    validation_shape: Literal["record", "mixed", "exception"] = "record"
    budget_persists: bool = True
