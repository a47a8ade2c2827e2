"""`mlc anaplan`: signing in by a person where the connection asks for one."""

from __future__ import annotations

from typing import Annotated

import typer

from mlc_pipelines.anaplan import DeviceCode, login
from mlc_pipelines.cli.output import err, out
from mlc_pipelines.config import OAuthDeviceAuth
from mlc_pipelines.flows.runtime import Runtime

app = typer.Typer(help="Signing in to Anaplan.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `login` a command of its own: with one command alone, typer would leave its name out."""


@app.command("login")
def device_login(tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")]) -> None:
    """OAuth device grant: shows the address and the code, waits for the approval, stores the refresh token."""
    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    refresh_token = login(found.anaplan, show=_show, clock=runtime.clock)
    auth = found.anaplan.auth
    if isinstance(auth, OAuthDeviceAuth):
        runtime.vault.set(tenant, auth.refresh_token.secret, refresh_token)
        out.print(f"Stored the refresh token of {tenant} as {auth.refresh_token.secret}.")


def _show(code: DeviceCode) -> None:
    minutes = f" within {code.expires_in / 60:.0f} minutes."
    err.say(f"Open {code.address} and confirm the code {code.code}", minutes, style="bold")
