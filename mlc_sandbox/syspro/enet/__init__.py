"""e.net Solutions over REST: logon, queries, transactions (docs/vendors/syspro.md, part A)."""

from mlc_sandbox.syspro.enet.service import REST_PATH, EnetService

__all__ = ["REST_PATH", "EnetService"]
