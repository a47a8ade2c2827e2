"""The device grant: a person approves, or does not."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from mlc_pipelines.anaplan.connect import sign_in_host
from mlc_pipelines.anaplan.device_login import DeviceCode, device_login
from mlc_pipelines.errors import AuthenticationError
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock


def device(vendor: ScriptedVendor, errors: list[tuple[str, int]]) -> None:
    vendor.on(
        "POST",
        "/oauth/device/code",
        {
            "device_code": "D",
            "user_code": "1GMV-ATBA",
            "verification_uri": "https://iam/activate",
            "expires_in": 900,
            "interval": 5,
        },
    )
    left = iter(errors)

    def poll(_: Request):
        error = next(left, None)
        return (
            JSONResponse({"error": error[0]}, error[1]) if error else {"access_token": "a", "refresh_token": "granted"}
        )

    vendor.on("POST", "/oauth/token", poll)


def log_in(vendor: ScriptedVendor, clock: TestClock, shown: list[DeviceCode] | None = None) -> str:
    show = (shown if shown is not None else []).append
    return device_login(sign_in_host(vendor.url, clock=clock), client_id="ab" * 16, show=show, clock=clock)


def test_the_device_grant_waits_for_the_person(vendor: ScriptedVendor, clock: TestClock):
    device(vendor, [("authorization_pending", 403), ("slow_down", 400), ("authorization_pending", 400)])
    shown: list[DeviceCode] = []
    assert log_in(vendor, clock, shown) == "granted"
    assert shown == [DeviceCode("https://iam/activate", "1GMV-ATBA", 900)]
    assert clock.slept == [5, 5, 10, 10]


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([("access_denied", 403)], "access_denied"),
        ([("expired_token", 403)], "not approved in time"),
        ([("authorization_pending", 403)] * 999, "not approved in time"),
    ],
)
def test_a_device_grant_that_is_not_given(vendor: ScriptedVendor, clock: TestClock, errors, words: str):
    device(vendor, errors)
    with pytest.raises(AuthenticationError, match=words):
        log_in(vendor, clock)


def test_a_refused_device_client(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("POST", "/oauth/device/code", lambda _: JSONResponse({"error": "unauthorized_client"}, 401))
    with pytest.raises(AuthenticationError, match=r"unauthorized_client.*single sign-on"):
        log_in(vendor, clock)
