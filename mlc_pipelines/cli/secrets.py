"""`mlc secrets`: the vault. Values go in, and are never printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mlc_pipelines.cli.output import JsonFlag, err, out, print_json, print_table
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime

app = typer.Typer(help="The vault: credentials, encrypted at rest, bound to tenant and name.", no_args_is_help=True)

TenantArgument = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As in {secret: NAME} of the tenant file.")]


@app.command("set")
def set_secret(
    tenant: TenantArgument,
    name: NameArgument,
    from_file: Annotated[Path | None, typer.Option("--from-file", help="Take the value from a file, as it is.")] = None,
) -> None:
    """Store a value: from stdin (a final line end is dropped), or from a file as it is."""
    if from_file is not None:
        if not from_file.is_file():
            raise ConfigurationError(f"There is no file {from_file}.", hint="Name a file that can be read.")
        value = from_file.read_text(encoding="utf-8")
    else:
        value = _from_stdin(tenant, name)
    if not value:
        raise ConfigurationError("The value is empty.", hint="Give it on stdin or by --from-file.")
    runtime = Runtime.from_environment()
    runtime.vault.set(tenant, name, value)
    out.print(f"Stored {name} of {tenant}.")
    if not (runtime.settings.home / "tenants" / f"{tenant}.yaml").exists():
        err.print(f"Note: there is no tenants/{tenant}.yaml yet.")


def _from_stdin(tenant: str, name: str) -> str:
    if sys.stdin.isatty():
        return typer.prompt(f"{name} of {tenant}", hide_input=True)
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


@app.command("list")
def list_secrets(*, json: JsonFlag = False) -> None:
    """Tenants and names; never values."""
    rows = [{"tenant": stored.tenant, "name": stored.name} for stored in Runtime.from_environment().vault.names()]
    if json:
        print_json(rows)
    else:
        print_table("Secrets", [("tenant", "Tenant"), ("name", "Name")], rows)


@app.command("delete")
def delete(tenant: TenantArgument, name: NameArgument) -> None:
    """Remove a value."""
    if not Runtime.from_environment().vault.delete(tenant, name):
        raise ConfigurationError(f"{tenant} has no secret {name!r}.", hint="`mlc secrets list` lists them.")
    out.print(f"Deleted {name} of {tenant}.")


@app.command("rotate")
def rotate() -> None:
    """Seal everything with the newest key of MLC_VAULT_KEYS; older keys can go afterwards."""
    count = Runtime.from_environment().vault.rotate()
    out.print(f"Sealed {count} secrets with the newest key.")
