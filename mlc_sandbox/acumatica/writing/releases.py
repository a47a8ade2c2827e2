"""The release of a batch: a long operation that is polled (docs/vendors/acumatica.md, section 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from mlc_sandbox.acumatica.books import Batch, Books
from mlc_sandbox.acumatica.books.ledger import BALANCED, POSTED, UNPOSTED
from mlc_sandbox.acumatica.calls import Answer, Body, Call, refused_record
from mlc_sandbox.acumatica.reading import Reading
from mlc_sandbox.acumatica.refusals import bad_request, failed, no_resource
from mlc_sandbox.acumatica.resource import Resource
from mlc_sandbox.acumatica.sessions import Session
from mlc_sandbox.acumatica.switches import Switches

_ENTITY = "JournalTransaction"
_LONGEST = timedelta(seconds=30)


@dataclass
class _Operation:
    batch: Batch
    session: Session
    polls_left: int
    ends: datetime
    running: bool = True
    failed: bool = False


class Releases(Resource):
    """Starts releases and tells how they stand."""

    def __init__(self, books: Books, switches: Switches, reading: Reading, now: Callable[[], datetime]) -> None:
        super().__init__(books, switches)
        self._reading = reading
        self._now = now
        self._operations: dict[str, _Operation] = {}
        self._to_post: list[tuple[datetime, Batch]] = []

    def start(self, call: Call) -> Answer:
        """Begin a release: 202 with the address of its status.

        Raises:
            Refusal: 422 when the batch can't be released, 500 when there is none.
        """
        body = call.body()
        entity = body.get("entity")
        if not isinstance(entity, dict):
            raise bad_request("The request is invalid.", entity=["The entity is required."])
        batch = self._batch(entity)
        if batch.status != BALANCED:
            message = f"The batch {batch.key[1]} cannot be released: its status is {batch.status}."
            raise refused_record(entity, {}, message)
        period = self._books.calendar[batch.slot[1]]
        if period.status != "Open":
            raise refused_record(entity, {}, f"The {period.id[:2]}-{period.id[2:]} financial period is closed.")
        operation = _Operation(batch, call.session, self._switches.release_polls, self._now() + _LONGEST)
        if self._switches.release_at_once:
            self._finish(operation)
            # Must not be followed: it leads to the batch, not to a status.
            return Answer(204, headers={"location": f"{call.root}/{_ENTITY}/{batch.id}"})
        if operation.polls_left == 0:
            # Done before anyone can ask.
            self._finish(operation)
        number = str(uuid4())
        self._operations[number] = operation
        location = f"{call.root}/{_ENTITY}/ReleaseJournalTransaction/status/{number}"
        if self._switches.absolute_location:
            location = call.url.partition(call.root)[0] + location
        return Answer(202, headers={"location": location})

    def status(self, call: Call, number: str) -> Answer:
        """How a release stands: 202 while it runs, 204 when it is done.

        Raises:
            Refusal: 404 for an operation that isn't of this session, 500 when the release failed.
        """
        operation = self._operations.get(number)
        if operation is None or operation.session.id != call.session.id:
            raise no_resource(call.url)
        if operation.running and operation.polls_left > 0:
            operation.polls_left -= 1
            return Answer(202)
        self._finish(operation)
        if operation.failed:
            raise failed(f"The batch {operation.batch.key[1]} could not be released.")
        return Answer(204)

    def check_idle(self, session: Session, entity: str) -> None:
        """Refuse a session's requests for the form while an operation of it runs.

        Raises:
            Refusal: 500.
        """
        if entity == _ENTITY and any(o.running and o.session.id == session.id for o in self._operations.values()):
            raise failed(
                "The previous operation has not been completed yet.", "PX.Data.PXOperationNotCompletedException"
            )

    def settle(self) -> None:
        """End what nobody polled for long, and post what is due."""
        now = self._now()
        for operation in self._operations.values():
            if operation.running and operation.ends <= now:
                self._finish(operation)
        for due, batch in list(self._to_post):
            if due <= now:
                self._to_post.remove((due, batch))
                self._books.set_status(batch, POSTED)

    def _batch(self, entity: Body) -> Batch:
        if "id" in entity:
            key = (str(entity["id"]),)
        else:
            key = tuple(str((entity.get(name) or {}).get("value", "")) for name in ("Module", "BatchNbr"))
        return self._reading.batch(key)

    def _finish(self, operation: _Operation) -> None:
        if not operation.running:
            return
        operation.running = False
        operation.failed = self._switches.release_fails
        if operation.failed:
            return
        at_once = self._switches.auto_post and self._switches.posting_seconds <= 0
        self._books.set_status(operation.batch, POSTED if at_once else UNPOSTED)
        if self._switches.auto_post and not at_once:
            due = self._now() + timedelta(seconds=self._switches.posting_seconds)
            self._to_post.append((due, operation.batch))
