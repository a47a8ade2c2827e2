"""The runner of live trials: the way in first, then the rest in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.errors import AuthenticationError, Forbidden, MlcError, Unavailable
from mlc_pipelines.findings import Finding, attempt, failed, failed_by, passed


def raises(error: MlcError) -> Callable[[], Finding]:
    def trial() -> Finding:
        raise error

    return trial


@dataclass(frozen=True)
class Door(Ping):
    """Opened or not, with what is behind it."""

    knock: Callable[[], Finding]

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        numbered: list[Trial] = [(str(n), lambda n=n: passed(str(n), "Readable.")) for n in range(9)]
        return [self.knock()], [("orders", raises(Forbidden("No.", hint="Ask."))), *numbered]

    def no_way_in(self, error: MlcError) -> Finding:
        return failed_by("connection", error, "Check the address.")


def test_everything_is_tried_and_found_in_order():
    door = passed("credentials", "Open.")
    expected = [door, failed("orders", "No.", "Ask."), *(passed(str(n), "Readable.") for n in range(9))]
    assert Door(lambda: door).run() == expected
    with ThreadPoolExecutor(3) as pool:
        assert Door(lambda: door, pool=pool).run() == expected


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (AuthenticationError("Refused.", hint="Set it again."), failed("credentials", "Refused.", "Set it again.")),
        (Unavailable("Nobody.", hint="Later."), failed("connection", "Nobody.", "Check the address.")),
    ],
)
def test_without_a_way_in_nothing_else_is_tried(error: MlcError, finding: Finding):
    assert Door(raises(error)).run() == [finding]


def test_a_trial_that_fails_is_a_finding():
    def refuse():
        raise Forbidden("No.", hint="Ask.")

    assert attempt("orders", lambda: passed("orders", "Readable.")).ok
    found = attempt("orders", refuse)
    assert (found.ok, found.message, found.remedy) == (False, "No.", "Ask.")
