"""Deliveries whose stored rows are gone: what they filled can't be reckoned, and a full load works without them."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_pipelines.errors import LostFile
from mlc_pipelines.flows.delivery.accounting import Accounting
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.delivery_outcome import SENT
from mlc_pipelines.store.storage import Storage

_SHOWN = 10


def without_lost(
    storage: Storage, earlier: Sequence[Delivery], now: Accounting
) -> tuple[list[Delivery], tuple[str, ...]]:
    """The deliveries whose files can still be read, and of each other one what can't be reckoned any more.

    Args:
        storage: where their files are.
        earlier: deliveries whose figures the model may hold.
        now: of the rows that the model is to hold.
    """
    known: list[Delivery] = []
    lost: list[str] = []
    for delivery in earlier:
        try:
            for path in (delivery.files.target, delivery.files.rejected):
                if path == delivery.files.target or storage.exists(path):
                    for _ in storage.batches(path):
                        pass
        except LostFile as error:
            lost.append(f"{error.message} {_what_it_held(delivery, now)}")
        else:
            known.append(delivery)
    return known, tuple(lost)


def _what_it_held(delivery: Delivery, now: Accounting) -> str:
    when = f"{delivery.created_at:%Y-%m-%d %H:%M} UTC"
    sent = {each.group for each in delivery.outcome.rows_of(SENT)}
    gone = sorted(sent - now.groups(SENT))
    named = f"{', '.join(gone[:_SHOWN])}{f' and {len(gone) - _SHOWN} more' if len(gone) > _SHOWN else ''}"
    return (
        f"So nothing was set to zero, or deleted, for what only the delivery of {when} filled; it sent "
        f"{f'{named}, which are gone from the ERP since' if gone else 'no group that is gone from the ERP since'}: "
        "compare the model with the ERP by hand"
    )
