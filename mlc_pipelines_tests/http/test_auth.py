"""Tokens: minted once for everybody, replaced once when refused, never seen."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy
from cryptography.fernet import Fernet

from mlc_pipelines.errors import AuthenticationError, BadRequest, Unavailable
from mlc_pipelines.http import ErrorRule, Reaction, Token, TokenAuth, TokenCache
from mlc_pipelines.store.db import Database
from mlc_pipelines.vault import VaultKeys
from mlc_pipelines_tests.faults.lost_locks import end_lock
from mlc_pipelines_tests.http.clocks import START, FakeClock
from mlc_pipelines_tests.http.server import Server, answer, hang_up

MINUTE = timedelta(minutes=1)
KEY = Fernet.generate_key().decode()


class Issuer:
    """A vendor's token service: numbers its tokens."""

    def __init__(self, clock: FakeClock, life: timedelta = 35 * MINUTE) -> None:
        self.clock = clock
        self.life = life
        self.previous: list[Token | None] = []

    def __call__(self, previous: Token | None) -> Token:
        self.previous.append(previous)
        number = len(self.previous)
        return Token(f"secret-token-{number}", self.clock.now() + self.life, {"refresh": f"refresh-{number}"})


@pytest.fixture
def cache(database: Database, clock: FakeClock) -> TokenCache:
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DELETE FROM mlc.token"))
    return TokenCache(database, VaultKeys([KEY], "the test"), clock)


@pytest.fixture
def issuer(clock: FakeClock) -> Issuer:
    return Issuer(clock)


def sent_tokens(server: Server) -> list[str]:
    return [received.headers.get("authorization", "") for received in server.received]


def test_one_token_serves_all_requests_until_it_grows_old(server: Server, make_client, cache, issuer, clock) -> None:
    client = make_client(auth=TokenAuth(cache, "acme", issuer, scheme="AnaplanAuthToken", renew_before=5 * MINUTE))

    for seconds in (0, 60, 29 * 60 - 1, 1):
        clock.elapsed += seconds
        client.request("GET", "/")

    assert sent_tokens(server) == [*["AnaplanAuthToken secret-token-1"] * 3, "AnaplanAuthToken secret-token-2"]
    assert [previous and previous.extra["refresh"] for previous in issuer.previous] == [None, "refresh-1"]


def test_a_refused_token_is_replaced_once_and_the_request_replayed(server: Server, make_client, cache, issuer) -> None:
    server.plays(answer(401))

    make_client(auth=TokenAuth(cache, "acme", issuer)).request("POST", "/journals", content=b"debit and credit")

    assert sent_tokens(server) == ["Bearer secret-token-1", "Bearer secret-token-2"]
    assert [received.body for received in server.received] == [b"debit and credit"] * 2


def test_a_second_refusal_is_an_authentication_error(server: Server, make_client, cache, issuer, clock) -> None:
    server.otherwise = answer(401, body="Invalid login attempt for secret-token-2")

    with pytest.raises(AuthenticationError, match=r"answered 401: Invalid login attempt for \*\*\*"):
        make_client(auth=TokenAuth(cache, "acme", issuer)).request("GET", "/")
    assert len(server.received) == 2
    assert clock.sleeps == []


def test_without_auth_a_401_is_an_authentication_error(server: Server, make_client) -> None:
    server.otherwise = answer(401)

    with pytest.raises(AuthenticationError):
        make_client().request("GET", "/")
    assert len(server.received) == 1


def test_an_accepted_401_replaces_nothing(server: Server, make_client, cache, issuer) -> None:
    server.plays(answer(401))

    assert make_client(auth=TokenAuth(cache, "acme", issuer)).request("GET", "/", accept={401}).status_code == 401
    assert len(issuer.previous) == 1


def test_a_rule_may_call_another_answer_a_refused_token(server: Server, make_client, cache, issuer) -> None:
    rule = ErrorRule(400, Reaction.REAUTHENTICATE, AuthenticationError, code="Invalid session")
    client = make_client(auth=TokenAuth(cache, "acme", issuer), rules=[rule])
    server.plays(answer(400, body="Invalid session"), answer(body="welcome"), answer(400, body="Invalid field"))

    assert client.request("POST", "/").text == "welcome"
    with pytest.raises(BadRequest):
        client.request("POST", "/")
    assert sent_tokens(server) == ["Bearer secret-token-1", "Bearer secret-token-2", "Bearer secret-token-2"]


def test_a_lost_answer_to_the_replay_counts_as_lost(server: Server, make_client, cache, issuer) -> None:
    from mlc_pipelines.errors import OutcomeUnknown

    server.plays(answer(401), hang_up)

    with pytest.raises(OutcomeUnknown):
        make_client(auth=TokenAuth(cache, "acme", issuer)).request("POST", "/")
    assert len(server.received) == 2


def test_a_token_of_other_credentials_is_not_used(server: Server, make_client, cache, issuer) -> None:
    first, second = (make_client(auth=TokenAuth(cache, "acme", issuer, credentials=word)) for word in ("old", "new"))
    for client in (first, second, second):
        client.request("GET", "/")
    server.plays(answer(401))
    second.request("GET", "/")
    assert sent_tokens(server) == [f"Bearer secret-token-{number}" for number in (1, 2, 2, 2, 3)]
    assert [previous and previous.value for previous in issuer.previous] == [None, None, "secret-token-2"]


def test_a_failed_mint_fails_the_request_and_stores_nothing(server: Server, make_client, cache, issuer) -> None:
    def broken(_: Token | None) -> Token:
        raise Unavailable("the token service is down")

    with pytest.raises(Unavailable, match="token service"):
        make_client(auth=TokenAuth(cache, "acme", broken)).request("POST", "/")
    assert server.received == []
    assert cache.get("acme", issuer, renew_before=MINUTE).value == "secret-token-1"
    assert issuer.previous == [None]


def test_it_works_in_a_bare_httpx_client_too(server: Server, cache, issuer) -> None:
    server.plays(answer(401))

    assert httpx.get(server.url, auth=TokenAuth(cache, "acme", issuer)).status_code == 200
    assert len(server.received) == 2


def test_another_process_s_token_is_taken_instead_of_minting(database: Database, cache, issuer, clock) -> None:
    other = TokenCache(database, VaultKeys([KEY], "the test"), clock)
    first = cache.get("acme", issuer, renew_before=MINUTE)

    assert other.get("acme", issuer, renew_before=MINUTE) == first
    second = other.replace("acme", first.value, issuer)
    assert cache.replace("acme", first.value, issuer) == second
    assert cache.get("other tenant", issuer, renew_before=MINUTE).value == "secret-token-3"
    assert len(issuer.previous) == 3


def test_a_vendor_may_give_the_same_value_again(cache, issuer, clock) -> None:
    def extend(previous: Token | None) -> Token:
        issuer(previous)
        return Token("always the same", clock.now() + 35 * MINUTE)

    cache.get("acme", extend, renew_before=MINUTE)
    clock.elapsed += 34.5 * 60
    token = cache.get("acme", extend, renew_before=MINUTE)

    assert token.expires_at == clock.now() + 35 * MINUTE
    assert cache.replace("acme", token.value, extend).value == token.value
    assert len(issuer.previous) == 3


def test_a_short_life_does_not_mean_a_token_per_request(cache, clock) -> None:
    issuer = Issuer(clock, life=timedelta(seconds=30))

    for _ in range(31):
        cache.get("acme", issuer, renew_before=5 * MINUTE)
        clock.elapsed += 1

    assert len(issuer.previous) == 3


@pytest.mark.parametrize(("seconds", "lasts"), [(3600, 3600), (0, 0), (-(10**30), 0), (10**30, 86_400)])
def test_a_token_lasts_as_long_as_the_vendor_says_and_never_more_than_a_day(seconds: int, lasts: int) -> None:
    token = Token.lasting("secret-token", seconds, START, {"refresh": "r"})
    assert (token.expires_at - START, token.extra) == (timedelta(seconds=lasts), {"refresh": "r"})


def test_many_threads_mint_once(cache, issuer) -> None:
    tokens: list[Token] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(cache.get("acme", issuer, renew_before=MINUTE)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(issuer.previous) == 1
    assert {token.value for token in tokens} == {"secret-token-1"}


def _get_in_process(url: str, path: str, key: str) -> None:
    def issuer(_: Token | None) -> Token:
        with Path(path).open("a") as file:
            file.write("minted\n")
        return Token("shared-token", START + 35 * MINUTE)

    database = Database(url)
    cache = TokenCache(database, VaultKeys([key], "the test"), FakeClock())
    assert cache.get("shared", issuer, renew_before=MINUTE).value == "shared-token"
    database.close()


def test_many_processes_mint_once(make_database_url, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    url, minted = make_database_url(), tmp_path / "minted"
    processes = [spawn.Process(target=_get_in_process, args=(url, str(minted), KEY)) for _ in range(4)]
    database = Database(url)
    waiting = sqlalchemy.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    # All of them come to the point of minting before the first may.
    with database.lock("token:shared"), database.engine.connect() as connection:
        for process in processes:
            process.start()
        while connection.scalar(waiting) < 4 and not minted.exists():
            connection.execute(sqlalchemy.text("SELECT pg_sleep(0.02)"))
        assert not minted.exists()
    for process in processes:
        process.join(60)
    database.close()

    assert [process.exitcode for process in processes] == [0] * 4
    assert minted.read_text() == "minted\n"


def test_a_token_minted_under_a_lost_lock_never_replaces_a_newer_one(database: Database, cache, issuer, clock) -> None:
    """The lock's connection ends while the vendor answers, and another process mints meanwhile."""
    other = TokenCache(database, VaultKeys([KEY], "the test"), clock)

    def slow(previous: Token | None) -> Token:
        token = issuer(previous)
        assert end_lock(database.url, "token:acme") == 1
        assert other.get("acme", issuer, renew_before=MINUTE).value == "secret-token-2"
        return token

    assert cache.get("acme", slow, renew_before=MINUTE).value == "secret-token-2", "the newer one is used by all"
    third = TokenCache(database, VaultKeys([KEY], "the test"), clock)
    assert third.get("acme", issuer, renew_before=MINUTE).value == "secret-token-2"


def test_tokens_are_sealed_at_rest_and_absent_from_reprs(database: Database, cache, issuer) -> None:
    token = cache.get("acme", issuer, renew_before=MINUTE)

    with database.engine.connect() as connection:
        row = connection.execute(sqlalchemy.text("SELECT * FROM mlc.token")).one()
    assert row.expires_at == token.expires_at
    assert b"secret-token" not in bytes(row.ciphertext)
    assert b"refresh-1" not in bytes(row.ciphertext)
    assert "secret-token" not in repr(token)
    assert "refresh-1" not in repr(token)


def test_a_token_sealed_with_a_lost_key_is_minted_anew(database: Database, cache, issuer, clock, caplog) -> None:
    cache.get("acme", issuer, renew_before=MINUTE)
    other = TokenCache(database, VaultKeys([Fernet.generate_key().decode()], "the test"), clock)

    with caplog.at_level(logging.WARNING):
        assert other.get("acme", issuer, renew_before=MINUTE).value == "secret-token-2"
    assert "stored token acme is of no use" in caplog.text


def test_a_token_row_copied_to_another_name_is_not_used(database: Database, cache, issuer, clock) -> None:
    cache.get("acme", issuer, renew_before=MINUTE)
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE mlc.token SET name = 'victim'"))

    fresh = TokenCache(database, VaultKeys([KEY], "the test"), clock)
    assert fresh.get("victim", issuer, renew_before=MINUTE).value == "secret-token-2"
