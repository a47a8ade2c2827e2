"""Who may use the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlc_sandbox.anaplan.contents.catalogue import hex_id


@dataclass(frozen=True)
class User:
    """A user.

    Attributes:
        email: the name to log in with.
        password: for basic authentication; none when empty.
        certificates: PEM texts of the CA certificates that this user may log in with.
        models: ids of the models that the user has access to; None for all. Others answer 404, never 403.
        is_workspace_admin: may write by the transactional API; without it that answers 403.
    """

    email: str
    password: str = field(default="", repr=False)
    certificates: Sequence[str] = ()
    models: frozenset[str] | None = None
    is_workspace_admin: bool = True

    @property
    def guid(self) -> str:
        """32 hex digits."""
        return hex_id(self.email).lower()

    def may_use(self, model_id: str) -> bool:
        """Whether the user has access to a model."""
        return self.models is None or model_id in self.models

    def body(self) -> dict[str, object]:
        """As `/users/me` shows it."""
        first, _, last = self.email.partition("@")[0].partition(".")
        return {
            "id": self.guid,
            "active": True,
            "email": self.email,
            "emailOptIn": False,
            "firstName": first.title(),
            "lastName": last.title() or "Robot",
            "customerId": hex_id("customer").lower(),
        }
