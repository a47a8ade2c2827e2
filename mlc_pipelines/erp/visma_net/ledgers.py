"""The company's ledgers, and which of them is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlc_pipelines.erp.visma_net.lists import LEDGERS, Lists
from mlc_pipelines.erp.visma_net.words import BALANCE_TYPE
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.http import Answer


@dataclass(frozen=True)
class Ledger:
    """A ledger.

    Attributes:
        number: as filters take it.
        name: description.
        balance_type: what it holds.
    """

    number: str
    name: str
    balance_type: str

    @property
    def actual(self) -> bool:
        """Whether it holds actuals, and no budget, report or statistics.

        Raises:
            DataError: what it holds is not known.
        """
        return BALANCE_TYPE.one(self.balance_type, f"Ledger {self.number}: balanceType")

    def __str__(self) -> str:
        return f"{self.number} ({self.name})"


def find_ledgers(lists: Lists) -> list[Ledger]:
    """All ledgers of the company."""
    answer = Answer({"ledgers": lists.records(LEDGERS, {})}, f"Visma.net, to {LEDGERS},")
    return [
        Ledger(row.needed("number"), row.text("description"), row.text("balanceType"))
        for row in answer.listed("ledgers")
    ]


def ledger_of(ledgers: Sequence[Ledger], wanted: str | None) -> str:
    """Number of the wanted ledger, else of the only one with actuals.

    Raises:
        ConfigurationError: there is no such ledger, or several hold actuals.
        DataError: none is wanted, and it is not known what one of them holds.
    """
    found = [each for each in ledgers if (each.number == wanted if wanted else each.actual)]
    if len(found) == 1:
        return found[0].number
    there = ", ".join(map(str, found or ledgers)) or "none at all"
    if wanted:
        raise ConfigurationError(f"ledger: the company has no {wanted!r}.", hint=f"There is: {there}.")
    which = "several ledgers of actuals" if found else "no ledger of actuals"
    raise ConfigurationError(f"The company has {which}: {there}.", hint="Write the one to be read as ledger.")
