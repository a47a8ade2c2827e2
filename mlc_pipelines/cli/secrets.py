"""`mlc secrets`: the vault. Values go in, and are never printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mlc_pipelines.cli.output import JsonFlag, out, print_json, print_table
from mlc_pipelines.config.base import SecretRef
from mlc_pipelines.config.bounds import Refused, read_text
from mlc_pipelines.config.references import suggestion
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime

_LARGEST = 64 * 1024
"""Bytes of a credential: a chain of certificates has some ten thousand."""

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
    runtime = Runtime.from_environment()
    _refuse_unknown(runtime, tenant, name)
    value = _from_stdin(tenant, name) if from_file is None else _from_file(from_file)
    if not value:
        raise ConfigurationError("The value is empty.", hint="Give it on stdin or by --from-file.")
    runtime.vault.set(tenant, name, value)
    out.print(f"Stored {name} of {tenant}.")


def _refuse_unknown(runtime: Runtime, tenant: str, name: str) -> None:
    """A credential under a misspelt name would be missed much later."""
    configuration = runtime.configuration
    known = {*configuration.tenants, *configuration.broken}
    if tenant not in known:
        raise ConfigurationError(
            f"There is no tenants/{tenant}.yaml in {configuration.home}.", hint=suggestion(tenant, known, what="tenant")
        )
    if not SecretRef.NAME.fullmatch(name):
        raise ConfigurationError("That is no name of a secret.", hint="Take letters, digits, _ . - and at most 64.")


def _from_file(path: Path) -> str:
    try:
        return read_text(path, _LARGEST)
    except Refused as refusal:
        raise ConfigurationError(f"{path} {refusal.problem}.", hint=refusal.remedy) from None


def _from_stdin(tenant: str, name: str) -> str:
    if sys.stdin.isatty():
        return typer.prompt(f"{name} of {tenant}", hide_input=True)
    try:
        value = sys.stdin.read(_LARGEST + 1)
    except UnicodeDecodeError:
        raise ConfigurationError("What came on stdin is not UTF-8 text.", hint="Give it as text.") from None
    if len(value) > _LARGEST:
        raise ConfigurationError(
            f"What came on stdin is larger than {_LARGEST // 1024} KB.", hint="Give the value alone."
        )
    return value.removesuffix("\n").removesuffix("\r")


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
