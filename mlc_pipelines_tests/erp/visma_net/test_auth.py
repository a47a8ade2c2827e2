"""Tokens: how they are asked for, renewed and refused."""

from __future__ import annotations

import pytest
from starlette.responses import JSONResponse, Response

from mlc_pipelines.errors import AuthenticationError, BadRequest, ConfigurationError, DataError, Forbidden

UNAUTHORIZED = {"statusCode": 401, "message": "Unauthorized. Access token is missing or invalid."}


@pytest.fixture
def accounts(script):
    script.lists["/v1/account"] = [{"accountID": 101, "accountCD": "4000", "description": "Materials"}]
    return script


def test_a_token_is_asked_for_once_with_five_fields_and_the_right_to_read(accounts, open_source):
    opened = open_source(accounts)
    opened.rows("accounts")
    opened.rows("accounts")
    assert accounts.tokens == [
        {
            "grant_type": "client_credentials",
            "client_id": "isv_test",
            "client_secret": accounts.client_secret,
            "scope": "vismanet_erp_service_api:read",
            "tenant_id": accounts.tenant_id,
        }
    ]


@pytest.mark.parametrize(("seconds", "tokens"), [(3290, 1), (3310, 2)])
def test_a_token_is_renewed_five_minutes_before_it_ends(accounts, open_source, seconds, tokens):
    opened = open_source(accounts)
    opened.rows("accounts")
    opened.clock.elapsed += seconds
    opened.rows("accounts")
    assert len(accounts.tokens) == tokens


def test_sources_of_one_company_share_a_token(accounts, open_source):
    open_source(accounts).rows("accounts")
    open_source(accounts).rows("accounts")
    assert len(accounts.tokens) == 1


def test_a_token_that_ends_early_is_replaced_and_the_request_repeated(accounts, open_source):
    refusals = [JSONResponse(UNAUTHORIZED, 401)]
    accounts.before = lambda _path, _number: refusals.pop() if refusals else None
    assert len(open_source(accounts).rows("accounts")) == 1
    assert len(accounts.tokens) == 2


def test_a_good_token_that_is_refused_means_the_wrong_tenant_id(accounts, open_source):
    accounts.before = lambda _path, _number: JSONResponse(UNAUTHORIZED, 401)
    with pytest.raises(AuthenticationError, match=r"customer tenant id.*not that of the customer"):
        open_source(accounts).rows("accounts")
    assert len(accounts.asked) == 2
    findings = open_source(accounts).source.ping()
    assert [finding.subject for finding in findings] == ["credentials"]
    assert "customer tenant id" in findings[0].remedy


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (JSONResponse({"error": "invalid_client"}, 400), "invalid_client.*client secret anew"),
        (JSONResponse({"error": "invalid_client"}, 401), "invalid_client.*client secret anew"),
        (JSONResponse({"error": "invalid_scope"}, 400), "vismanet_erp_service_api:read"),
        (JSONResponse({"error": "invalid_tenant", "error_description": "unknown"}, 400), "unknown.*company_tenant_id"),
        (Response("<html>no</html>", 400), "no reason given"),
    ],
)
def test_a_refusal_says_what_to_do_and_never_the_secret(accounts, open_source, answer, said):
    accounts.token_answers = [answer]
    with pytest.raises(AuthenticationError, match=said) as caught:
        open_source(accounts).rows("accounts")
    assert accounts.client_secret not in str(caught.value)
    assert accounts.asked == []
    assert len(accounts.tokens) == 1


def test_an_outage_of_the_token_server_is_waited_for(accounts, open_source):
    accounts.token_answers = [Response(b"", 503), Response(b"", 502)]
    opened = open_source(accounts)
    assert len(opened.rows("accounts")) == 1
    assert len(accounts.tokens) == 3


@pytest.mark.parametrize("life", ["3600", "3600.0", None, "an hour"])
def test_how_long_a_token_lasts_may_be_text_or_unsaid(accounts, open_source, life):
    accounts.token_answers = [JSONResponse({"access_token": "a-token-of-visma", "expires_in": life})]
    opened = open_source(accounts)
    opened.rows("accounts")
    opened.clock.elapsed += 3290
    opened.rows("accounts")
    assert len(accounts.tokens) == 1
    opened.clock.elapsed += 20
    opened.rows("accounts")
    assert len(accounts.tokens) == 2


def test_a_token_of_other_credentials_is_not_used(accounts, open_source):
    open_source(accounts).rows("accounts")
    accounts.client_secret = "a-new-secret-of-the-client"
    open_source(accounts).rows("accounts")
    assert [form["client_secret"] for form in accounts.tokens][1:] == [accounts.client_secret]


@pytest.mark.parametrize("answer", [{"token": "as of old"}, {"access_token": None}, {"access_token": 7}, [], "x"])
def test_an_answer_without_a_token_is_an_error(accounts, open_source, answer):
    accounts.token_answers = [JSONResponse(answer)]
    with pytest.raises(DataError, match="without a token"):
        open_source(accounts).rows("accounts")
    assert len(accounts.tokens) == 1


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        pytest.param(400, {"message": "Bad."}, BadRequest, "400: Bad", id="shape A"),
        pytest.param(
            400,
            {"exceptionType": "IPPException", "ExceptionMessage": "Company not set.", "ExceptionFaultCode": "12002"},
            ConfigurationError,
            r"Company not set. \(fault 12002\).*company_tenant_id",
            id="shape B, in another casing",
        ),
        pytest.param(
            403,
            {"ExceptionMessage": "No license for this company.", "ExceptionFaultCode": "12027"},
            Forbidden,
            "No license.*customer tenant id",
            id="licence",
        ),
        pytest.param(
            500,
            {"exceptionmessage": "No license for this company.", "exceptionmessageid": "12027_0b7d"},
            Forbidden,
            "No license.*customer tenant id",
            id="licence, with another status",
        ),
        pytest.param(400, {"message": "Order 12027 is unknown."}, BadRequest, "Order 12027", id="no fault code"),
        pytest.param(403, {"statusCode": 403, "message": "No."}, Forbidden, "No.*scope", id="shape C"),
        pytest.param(403, None, Forbidden, "no text.*scope", id="no body"),
    ],
)
def test_errors_of_all_shapes_are_read(accounts, open_source, status, body, error, said):
    headers = {"ipp-request-id": "r-17"}
    accounts.before = lambda _path, _number: (
        Response(b"", status, headers) if body is None else JSONResponse(body, status, headers)
    )
    with pytest.raises(error, match=rf"(?s){said}.*r-17"):
        open_source(accounts).rows("accounts")
    assert len(accounts.asked) == 1
