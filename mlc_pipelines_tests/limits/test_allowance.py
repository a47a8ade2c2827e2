"""Limits that a server tells in its headers: obeyed by all before it refuses."""

from __future__ import annotations

import uuid

import pytest

from mlc_pipelines.errors import RateLimited
from mlc_pipelines.limits import Allowance, Gate
from mlc_pipelines_tests.http.server import Behaviour, answer


@pytest.fixture
def make_gate(database, clock):
    name = uuid.uuid4().hex
    return lambda: Gate(budget=Allowance(database, name, 4, clock))


def left(remaining: int, *, limit: int = 1000, reset: str = "90") -> Behaviour:
    return answer(X_RateLimit_Limit=str(limit), X_RateLimit_Remaining=str(remaining), X_RateLimit_Reset=reset)


@pytest.mark.parametrize(
    ("remaining", "waited"),
    [
        pytest.param(100, [], id="a tenth is enough"),
        pytest.param(90, [pytest.approx(4)], id="below a tenth what remains is spread over the time"),
        pytest.param(20, [pytest.approx(18)], id="a fiftieth is still spread"),
        pytest.param(19, [pytest.approx(90)], id="below a fiftieth requests stop until the limit is renewed"),
    ],
)
def test_what_one_client_is_told_all_obey(server, make_client, make_gate, clock, remaining, waited) -> None:
    server.plays(left(remaining))
    make_client(gate=make_gate()).request("GET", "/a")
    make_client(gate=make_gate()).request("GET", "/b")

    assert clock.sleeps == waited


def test_a_step_is_never_longer_than_a_minute(server, make_client, make_gate, clock) -> None:
    server.plays(left(50, reset="3600"))
    for path in ("/a", "/b"):
        make_client(gate=make_gate()).request("GET", path)

    assert clock.sleeps == [pytest.approx(60)]


def test_a_renewal_that_is_far_off_is_an_error_and_no_wait(server, make_client, make_gate, clock) -> None:
    server.plays(left(0, reset="1800"))
    make_client(gate=make_gate()).request("GET", "/a")

    with pytest.raises(RateLimited, match="another 1800 s") as caught:
        make_client(gate=make_gate()).request("GET", "/b")

    assert caught.value.retry_after == pytest.approx(1800)
    assert clock.sleeps == []
    assert len(server.received) == 1


@pytest.mark.parametrize("reset", ["soon", "1794830400", "-5"])
def test_a_renewal_that_is_no_number_of_seconds_means_nothing(server, make_client, make_gate, clock, reset) -> None:
    server.plays(left(0, reset=reset))
    for path in ("/a", "/b"):
        make_client(gate=make_gate()).request("GET", path)

    assert clock.sleeps == []
