"""`python -m mlc_pipelines.sandbox`: the sandbox servers until Ctrl-C; addresses and credentials go to stdout."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from contextlib import ExitStack, suppress
from importlib import import_module
from typing import Any

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.sandbox.anaplan import AnaplanSandbox, User
from mlc_pipelines.sandbox.sample import PASSWORD, USER, SampleTenant
from mlc_pipelines.sandbox.serving import SandboxClock

SAMPLES = {
    "visma_net": "mlc_pipelines.sandbox.visma_net.sample",
    "acumatica": "mlc_pipelines.sandbox.acumatica.sample",
    "syspro": "mlc_pipelines.sandbox.syspro.sample",
    "sap_business_one": "mlc_pipelines.sandbox.sap_business_one.sample",
    "netsuite": "mlc_pipelines.sandbox.netsuite.sample",
}
"""ERP -> module whose `serve(port, clock)` is the sample tenant with its ERP running."""


def main() -> None:
    """Serve the chosen ERPs and one Anaplan tenant with a model for each."""
    parser = argparse.ArgumentParser(prog="mlc sandbox", description=__doc__)
    parser.add_argument("--erp", action="append", choices=list(SAMPLES), help="only this ERP; may be given again")
    parser.add_argument("--port", type=int, default=0, help="of Anaplan; each ERP takes the next one; 0: any free ones")
    parser.add_argument("--json", action="store_true", help="one line of JSON with the sample tenants' configuration")
    chosen = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    clock = SandboxClock(SYSTEM_CLOCK.now)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        samples: list[SampleTenant] = []
        for offset, kind in enumerate(chosen.erp or SAMPLES, start=1):
            port = chosen.port + offset if chosen.port else 0
            samples.append(stack.enter_context(import_module(SAMPLES[kind]).serve(port, clock)))
        models = [sample.model for sample in samples]
        anaplan = stack.enter_context(AnaplanSandbox(models, [User(USER, PASSWORD)], port=chosen.port, clock=clock))
        tenants = [sample.paired_with(anaplan) for sample in samples]
        _tell(tenants, anaplan, as_json=chosen.json)
        signal.pause()


def _tell(tenants: list[SampleTenant], anaplan: AnaplanSandbox, *, as_json: bool) -> None:
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
        lines = [f"Anaplan: {anaplan.url}  user {USER}  password {PASSWORD}"]
        for tenant in tenants:
            lines += ["", f"{tenant.kind}: {tenant.erp.url}", tenant.files[f"tenants/{tenant.tenant}.yaml"]]
            lines += [f"secret {name}:\n{value}" for name, value in tenant.secrets.items()]
        sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
