"""`python -m mlc_sandbox`: the sandbox servers until Ctrl-C; addresses and credentials go to stdout."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from contextlib import ExitStack, suppress
from importlib import import_module
from threading import Event
from typing import Any

from mlc_sandbox.anaplan import AnaplanSandbox, User
from mlc_sandbox.bookkeeper import keep_books
from mlc_sandbox.clock import SandboxClock, machine_now
from mlc_sandbox.sample import PASSWORD, USER, SampleTenant

SAMPLES = {
    "visma_net": "mlc_sandbox.visma_net.sample",
    "acumatica": "mlc_sandbox.acumatica.sample",
    "syspro": "mlc_sandbox.syspro.sample",
    "sap_business_one": "mlc_sandbox.sap_business_one.sample",
    "netsuite": "mlc_sandbox.netsuite.sample",
}
"""ERP -> module whose `serve(port, clock)` is the sample tenant with its ERP running."""


def main() -> None:
    """Serve the chosen ERPs, each with an Anaplan tenant of its own, as the companies are customers of their own."""
    parser = argparse.ArgumentParser(prog="mlc sandbox", description=__doc__)
    parser.add_argument("--erp", action="append", choices=list(SAMPLES), help="only this ERP; may be given again")
    parser.add_argument("--port", type=int, default=0, help="of the first server, the others take the next")
    parser.add_argument("--bookkeeper", type=float, metavar="SECONDS", help="post an expense each time they are over")
    parser.add_argument("--json", action="store_true", help="one line of JSON with the sample tenants' configuration")
    chosen = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    clock = SandboxClock(machine_now)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        tenants: list[SampleTenant] = []
        for place, kind in enumerate(chosen.erp or SAMPLES):
            erp_port, anaplan_port = (chosen.port + 2 * place + each if chosen.port else 0 for each in (0, 1))
            sample = stack.enter_context(import_module(SAMPLES[kind]).serve(erp_port, clock))
            users = [User(USER, PASSWORD)]
            anaplan = stack.enter_context(AnaplanSandbox([sample.model], users, port=anaplan_port, clock=clock))
            tenants.append(sample.paired_with(anaplan))
        _tell(tenants, as_json=chosen.json)
        if chosen.bookkeeper:
            keep_books(tenants, chosen.bookkeeper, Event())
        signal.pause()


def _tell(tenants: list[SampleTenant], *, as_json: bool) -> None:
    if as_json:
        described: list[dict[str, Any]] = [
            {
                "tenant": tenant.tenant,
                "files": dict(tenant.files),
                "secrets": dict(tenant.secrets),
                "periods": list(tenant.periods),
            }
            for tenant in tenants
        ]
        sys.stdout.write(json.dumps({"tenants": described}) + "\n")
    else:
        lines = [f"Anaplan, for each ERP one: user {USER}  password {PASSWORD}"]
        for tenant in tenants:
            lines += ["", f"{tenant.kind}: {tenant.erp.url}", tenant.files[f"tenants/{tenant.tenant}.yaml"]]
            lines += [f"secret {name}:\n{value}" for name, value in tenant.secrets.items()]
        sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
