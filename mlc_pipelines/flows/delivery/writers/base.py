"""What every way into a model promises."""

from __future__ import annotations

from typing import Protocol

from mlc_pipelines.anaplan import TaskOutcome
from mlc_pipelines.config import Load
from mlc_pipelines.flows.delivery.columns import own_headers
from mlc_pipelines.flows.delivery.target import Target
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.locks import Lock


class Writer(Protocol):
    """One way into a model."""

    @property
    def target(self) -> Target:
        """What it can hold."""
        ...

    def write(self, delivery: Delivery, alone: Lock) -> TaskOutcome:
        """Bring a delivery's stored rows into the model, once; called again after a crash, it goes on from there.

        Args:
            delivery: what.
            alone: the lock of its load; checked right before each request that writes or starts, and at the end.

        Raises:
            LockLost: it, or the model's lock, was lost; nothing was written or started after that.
            TransientError, OutcomeUnknown: the next run goes on from where this one stopped.
            TaskCancelled: somebody cancelled it; Anaplan rolled it back.
        """
        ...

    def stop(self, delivery: Delivery) -> bool:
        """Undo what is under way for a delivery, as far as that can be done; gives whether nothing of it stays."""
        ...


def member_names(load: Load) -> frozenset[str]:
    """Headers of the columns that name members of the list that is loaded."""
    return frozenset(header for name, header in own_headers(load).items() if name in {"name", "code", "parent"})
