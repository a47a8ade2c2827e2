"""`mlc init`, `mlc check`, `mlc ping`: from an empty folder to two sides that answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, out, print_json, print_table
from mlc_pipelines.config import Configuration, load_configuration, template_kinds, write_template
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.findings import Finding
from mlc_pipelines.flows.monitoring.ping import ping_all
from mlc_pipelines.flows.runtime import Runtime


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the configuration goes.")],
    erp: Annotated[str, typer.Option("--erp", metavar="KIND", help="The ERP.")],
) -> None:
    """Write a commented configuration to start from."""
    if erp not in template_kinds():
        raise ConfigurationError(f"There is no template for {erp!r}.", hint=f"Known: {', '.join(template_kinds())}.")
    for path in write_template(directory, erp):
        out.print(f"Wrote {path}")
    out.print(f"Next: fill in the tenant file, then `MLC_HOME={directory} mlc check`.")


def check(*, json: JsonFlag = False) -> None:
    """Validate all configuration without a network; every fault of every file is listed."""
    try:
        runtime = Runtime.from_environment()
        configuration = load_configuration(runtime.settings.home, ERPS, clock=runtime.clock)
        tenants = _tenants(configuration)
    except ConfigurationError as error:
        if not json:
            raise
        print_json({"ok": False, "message": error.message, "faults": [vars(fault) for fault in error.faults]})
        raise typer.Exit(error.exit_code) from error
    if json:
        print_json({"ok": True, "tenants": tenants, "faults": []})
    else:
        calendars = len(configuration.calendars)
        out.print(f"The configuration is good: {len(tenants)} tenants, {calendars} calendars, ", end="")
        out.print(f"{len(configuration.maps)} maps.")


def _tenants(configuration: Configuration) -> list[str]:
    tenants = list(configuration.tenants)
    if not tenants:
        raise _no_tenant(configuration)
    return tenants


def _no_tenant(configuration: Configuration) -> ConfigurationError:
    folder = configuration.home / "tenants"
    return ConfigurationError(f"There is no tenant in {folder}.", hint="`mlc init` writes one to start from.")


def ping(
    tenants: Annotated[list[str] | None, typer.Argument(metavar="[TENANT]...", help="All when left out.")] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """Try both sides live: credentials, version, clock skew, rights, actions, file headers, list members."""
    runtime = Runtime.from_environment()
    names = tenants or list(runtime.configuration.tenants)
    if not names and not runtime.configuration.broken:
        raise _no_tenant(runtime.configuration)
    found = ping_all(runtime, [runtime.tenant(name) for name in names])
    if json:
        print_json({name: [vars(finding) for finding in findings] for name, findings in found.items()})
    else:
        columns = [("ok", ""), ("subject", "Tried"), ("message", "Found"), ("remedy", "What to do")]
        for name, findings in found.items():
            print_table(name, columns, [_shown(finding) for finding in findings])
    if not tenants and (broken := runtime.configuration.broken):
        faults = [fault for each in broken.values() for fault in each]
        raise ConfigurationError(f"Not tried, since their files have faults: {', '.join(broken)}", faults=faults)
    if not all(finding.ok for findings in found.values() for finding in findings):
        raise typer.Exit(1)


def _shown(finding: Finding) -> dict[str, Any]:
    """A finding as the table shows it."""
    if finding.warning:
        return {**vars(finding), "ok": "warning"}
    return {**vars(finding), "remedy": "" if finding.ok else finding.remedy}
