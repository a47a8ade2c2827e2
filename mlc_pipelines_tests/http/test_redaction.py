"""Credentials are masked wherever people read."""

from __future__ import annotations

import base64
import io
import json
import logging
import time
import uuid
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlc_pipelines.redaction import RedactingFilter, redact, register_secret

SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=8, max_size=40).filter(
    lambda text: len(text.strip()) >= 8
)


@given(secret=SECRETS, before=st.text(max_size=7), user=st.text(st.characters(codec="ascii"), max_size=7))
@example(secret="pa ss/w+rd&='\"\\<é>", before="x", user="robot")
def test_a_registered_value_is_masked_in_every_disguise(secret: str, before: str, user: str) -> None:
    register_secret(secret)
    shown = [
        f"{before}{secret}!",
        "https://host/path?q=" + quote(secret, safe=""),
        "https://host/path?" + urlencode({"q": secret}),
        json.dumps({"note": secret}),
        json.dumps({"note": secret}, ensure_ascii=False),
        repr({"note": secret}),
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode(),
    ]
    for text in shown:
        assert "***" in redact(text), text
    assert secret not in redact(shown[0])
    encoded = base64.b64encode(f"{user}:{secret}".encode()).decode()
    # What is left of it must not give the secret away: at most the groups that it shares with its neighbours.
    left = redact(encoded)
    assert left == "***" or len(left.replace("***", "")) <= len(base64.b64encode(f"{user}:".encode())) + 8


def test_a_key_file_is_masked_whole_and_line_by_line() -> None:
    lines = [uuid.uuid4().hex * 2 for _ in range(3)]
    pem = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])

    assert redact(f"loaded {pem}from x") == "loaded ***\nfrom x"  # by its frame, without being registered
    register_secret(pem)
    assert redact(f"line 2 is {lines[1]}.") == "line 2 is ***."
    assert lines[0] not in redact(json.dumps({"note": pem}))


def test_the_longest_of_overlapping_values_wins() -> None:
    register_secret("abcd-1234")
    register_secret("abcd-1234-efgh-5678")

    assert redact("abcd-1234-efgh-5678 abcd-1234") == "*** ***"


def test_very_short_values_are_left_alone() -> None:
    register_secret("no")
    register_secret("")

    assert redact("there is no credential") == "there is no credential"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic ***"),
        ("Authorization: CACertificate TUlJQ==\r\nAccept: */*", "Authorization: CACertificate ***\r\nAccept: */*"),
        ("{'Authorization': 'AnaplanAuthToken x/y=', 'A': 'a'}", "{'Authorization': 'AnaplanAuthToken ***', 'A': 'a'}"),
        ("[(b'Authorization', b'Bearer abc'), (b'A', b'h')]", "[(b'Authorization', b'Bearer ***'), (b'A', b'h')]"),
        ("Cookie: B1SESSION=1234; ROUTEID=.node1", "Cookie: ***"),
        ("Set-Cookie: ASP.NET_SessionId=xyz; path=/", "Set-Cookie: ***"),
        ("refused the token Bearer abc123def456", "refused the token Bearer ***"),
        ('{"access_token": "abc", "token_type": "Bearer"}', '{"access_token": "***", "token_type": "Bearer"}'),
        ('{"refresh_token":"a\\"b","scope":"x"}', '{"refresh_token":"***","scope":"x"}'),
        ('{"tokenInfo":{"tokenValue":"abc","expiresAt":1}}', '{"tokenInfo":{"tokenValue":"***","expiresAt":1}}'),
        ("{'client_secret': 'abc'}", "{'client_secret': '***'}"),
        ('{"UserName": "manager", "Password": "1234"}', '{"UserName": "manager", "Password": "***"}'),
        ("grant_type=password&password=p%20w&scope=api", "grant_type=password&password=***&scope=api"),
        (
            "/Logon?Operator=A&OperatorPassword=x&CompanyPassword=",
            "/Logon?Operator=A&OperatorPassword=***&CompanyPassword=",
        ),
        ("client_assertion=eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", "client_assertion=***"),
        ("got eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln.", "got ***."),
        ("<OperatorPassword>pw</OperatorPassword><A>a</A>", "<OperatorPassword>***</OperatorPassword><A>a</A>"),
        ("https://user:pass@proxy:3128/", "https://user:***@proxy:3128/"),
        ("postgresql://mlc:p4ss@db/mlc", "postgresql://mlc:***@db/mlc"),
        ("/cb?code=abc&state=1", "/cb?code=***&state=1"),
        ("/Logoff?UserId=1F2E-3D", "/Logoff?UserId=***"),
    ],
)
def test_fields_and_headers_are_masked_whatever_they_hold(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "write {secret: NAME} and store it with mlc secrets set",
        "The vault holds no 'private_key' for tenant 'acme'. Store it with: mlc secrets set acme private_key",
        'GET https://h/x?$filter=Account eq "4000"&$skip=20 answered 400: no such field',
        "the token expired at 2026-05-31 12:00:00+00:00",
        '{"token_type": "Bearer", "expires_in": 3600}',
        "Basic functionality and bearer bonds",
        "Check the authorization, then try again",
        "https://host:8080/path@x and user@example.com",
        "Period=FY2026-P05 Account=4000 Amount=12.50",
    ],
)
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_the_filter_masks_messages_arguments_exceptions_and_their_causes() -> None:
    secret = f"value-{uuid.uuid4().hex}"
    register_secret(secret)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("mlc.test")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        try:
            _ = {}[secret]
        except KeyError as cause:
            raise ValueError(f"while using {secret}") from cause
    except ValueError:
        logger.exception("failed with %s and %d", secret, 7, stack_info=True)
    logger.removeHandler(handler)

    text = out.getvalue()
    assert "failed with *** and 7" in text
    assert "KeyError: '***'" in text
    assert "ValueError: while using ***" in text
    assert secret not in text


def test_a_line_whose_arguments_do_not_fit_is_still_masked() -> None:
    register_secret("unfit-argument")
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%d rows", ("unfit-argument",), None)

    assert RedactingFilter().filter(record)
    assert record.getMessage() == "%d rows ('***',)"


def test_the_cost_does_not_grow_with_the_number_of_secrets() -> None:
    line = (
        "GET https://api.example.com/2/0/workspaces/8a81b09d/models/75A40874/imports/112000000001/tasks: 200 in 35 ms"
    )

    def cost() -> float:
        best = 1.0
        for _ in range(20):
            began = time.perf_counter()
            redact(line)
            best = min(best, time.perf_counter() - began)
        return best

    before = cost()
    for _ in range(1000):
        register_secret(uuid.uuid4().hex + "/+ ü")
    assert cost() < 20 * before
