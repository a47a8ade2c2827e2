"""The Anaplan tenant behind the server: users, models, tokens, the rate limit, and the switches."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlc_sandbox.anaplan.auth.oauth import OAuthClient, OAuthService
from mlc_sandbox.anaplan.auth.tokens import TokenStore
from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.anaplan.model import Model
from mlc_sandbox.anaplan.spec.model import ModelSpec, WorkspaceSpec
from mlc_sandbox.anaplan.tasks.queue import Task
from mlc_sandbox.clock import SandboxClock


class AnaplanTenant:
    """Everything behind the HTTP interface.

    Attributes:
        clock: the time that tokens, tasks, files and dumps live by.
        users: by e-mail.
        tokens: those handed out; `tokens.minted` counts them.
        oauth: OAuth clients and grants; `oauth.approve(user_code)` plays the person in front of the browser.
        models: by id.
        certificate_v1: switch: whether a certificate's log-in of the first format is still taken.
        task_seconds: switch: how long a task takes at least, by the clock.
        cancel_seconds: switch: how long a cancelled task stays CANCELLING, by the clock.
        conflict_when_busy: switch: a task for a busy model is answered 409 instead of queued.
        hang_while_busy: switch: while a task runs, all calls wait but those that docs/vendors/anaplan.md, section 8
            names.
        page_cap: switch: the longest page of a list; less than the documented 5000 shows who trusts the limit
            they asked for.
        rate_limit: switch: burst of the token bucket over all `/2/0` calls; None for no limit.
        rate_refill: switch: requests a second that the bucket gains.
        send_retry_after: switch: whether 429 says when to come back.
        metadata_words: switch: metadata names a decimal sign, separator or delimiter by a word, not by the character.
        delete_failures_on_top: switch: `failures` of a list's deletion stand beside `deleted`, not under `result`.
        read_page_rows: switch: rows in one page of a read request.
        list_read_limit: switch: members above which a list is read by read requests only.
        dump_chunk_bytes: switch: length of the chunks of a failure dump.
    """

    def __init__(
        self,
        models: Sequence[ModelSpec],
        users: Sequence[User],
        clock: SandboxClock,
        oauth_clients: Sequence[OAuthClient] = (),
    ) -> None:
        self.clock = clock
        self.users = {user.email: user for user in users}
        self.tokens = TokenStore(clock.now)
        self.oauth = OAuthService(oauth_clients, self.users, self.tokens, clock.now)
        self.certificate_v1 = True
        self.task_seconds = 0.3
        self.cancel_seconds = 0.1
        self.conflict_when_busy = False
        self.hang_while_busy = True
        self.page_cap = 5000
        self.rate_limit: int | None = 600
        self.rate_refill = 10.0
        self.send_retry_after = True
        self.metadata_words = False
        self.delete_failures_on_top = False
        self.read_page_rows = 100_000
        self.list_read_limit = 1_000_000
        self.dump_chunk_bytes = 10_000_000
        self.models: dict[str, Model] = {}
        for spec in models:
            model = Model(spec, clock.now, lambda: self.task_seconds, lambda: self.cancel_seconds)
            self.models[model.id] = model
        self._bucket = 0.0
        self._bucket_at = clock.now()
        self._bucket_size: int | None = None

    def model(self, key: str) -> Model:
        """A model by id or name.

        Raises:
            KeyError: there is none.
        """
        for model in self.models.values():
            if key in {model.id, model.spec.name}:
                return model
        raise KeyError(key)

    @property
    def tasks(self) -> list[Task]:
        """All tasks of all models, in the order in which they were asked for."""
        return sorted(
            (task for model in self.models.values() for task in model.queue.tasks), key=lambda t: t.created_at
        )

    @property
    def workspaces(self) -> dict[str, WorkspaceSpec]:
        """Workspaces by id."""
        return {model.spec.workspace.id: model.spec.workspace for model in self.models.values()}

    def seconds_to_wait(self) -> int:
        """Count one request against the rate limit (docs/vendors/anaplan.md, section 8).

        Returns:
            0 when it may pass, else the whole seconds after which one may.
        """
        if self.rate_limit is None:
            return 0
        now = self.clock.now()
        if self._bucket_size != self.rate_limit:
            self._bucket, self._bucket_size = float(self.rate_limit), self.rate_limit
        else:
            gained = (now - self._bucket_at).total_seconds() * self.rate_refill
            self._bucket = min(self._bucket + gained, float(self.rate_limit))
        self._bucket_at = now
        if self._bucket >= 1:
            self._bucket -= 1
            return 0
        return max(math.ceil((1 - self._bucket) / self.rate_refill), 1) if self.rate_refill else 60
