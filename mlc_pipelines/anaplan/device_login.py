"""The OAuth device grant: a person approves in a browser, we get a refresh token.

See docs/vendors/anaplan.md, section 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlc_pipelines.anaplan.auth import oauth_error
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import AuthenticationError
from mlc_pipelines.http import Answer, HttpClient, read_object

_SCOPE = "openid profile email offline_access"
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_ERRORS = (400, 401, 403)
_SLOWER_BY = 5.0


@dataclass(frozen=True)
class DeviceCode:
    """What to show to the person.

    Attributes:
        address: to open in a browser.
        code: to type there; the address may hold it already.
        expires_in: seconds.
    """

    address: str
    code: str
    expires_in: float


def device_login(http: HttpClient, *, client_id: str, show: Callable[[DeviceCode], None], clock: Clock) -> str:
    """Wait for the person's approval and return the refresh token, to be stored in the vault.

    Args:
        http: client of the app host.
        client_id: of a client registered for the device grant.
        show: shows the address and the code.
        clock: ours.

    Raises:
        AuthenticationError: refused, or not approved in time.
    """
    answer = _post(http, "/oauth/device/code", {"client_id": client_id, "scope": _SCOPE})
    if "error" in answer:
        raise AuthenticationError(
            f"Anaplan refused the device log-in: {oauth_error(answer)}.",
            hint="Check anaplan.auth.client_id. Where single sign-on is enforced, Anaplan turns the device grant off.",
        )
    address = answer.text("verification_uri_complete") or answer.needed("verification_uri")
    expires_in = answer.number("expires_in") or 900.0
    show(DeviceCode(address, answer.needed("user_code"), expires_in))
    interval = answer.number("interval") or _SLOWER_BY
    form = {"grant_type": _GRANT, "client_id": client_id, "device_code": answer.needed("device_code")}
    ends_at = clock.monotonic() + expires_in
    while clock.monotonic() < ends_at:
        clock.sleep(interval)
        answer = _post(http, "/oauth/token", form)
        # The status that goes with an error differs between servers; only the word counts.
        match answer.get("error"):
            case None:
                if "refresh_token" not in answer:
                    raise AuthenticationError(
                        "Anaplan gave no refresh token.", hint="Register the client with the scope offline_access."
                    )
                return answer.needed("refresh_token")
            case "authorization_pending":
                pass
            case "slow_down":
                interval += _SLOWER_BY
            case "expired_token":
                break
            case _:
                raise AuthenticationError(f"Anaplan refused the device log-in: {oauth_error(answer)}.")
    raise AuthenticationError("The code was not approved in time.", hint="Start the log-in again.")


def _post(http: HttpClient, path: str, form: dict[str, str]) -> Answer:
    return read_object(http.request("POST", path, json=form, accept=_ERRORS))
