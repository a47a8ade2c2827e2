"""GENTJL: enter, change and post journals of the general ledger (docs/vendors/syspro.md, section A4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

from mlc_sandbox.syspro.books import CANCELLED, ON_HOLD, POSTED, UNPOSTED, Books, Entry, Journal, Key
from mlc_sandbox.syspro.books.entries import ONE_SIDED
from mlc_sandbox.syspro.enet.documents import DECLARATION, representable, tag, value, wrap
from mlc_sandbox.syspro.enet.refusals import DocumentError
from mlc_sandbox.syspro.rendering import counter
from mlc_sandbox.syspro.switches import Switches

_TYPES = frozenset("NPUSLAIE")
_REFERENCE_WIDTH = 30
_LAST_PERIOD = 15


@dataclass(frozen=True)
class _Parsed:
    journal: Journal
    key: Key | None = None
    invalid: int = 0


@dataclass(frozen=True)
class JournalPosting:
    """One call of GENTJL.

    Attributes:
        operator: who is logged on.
        parameters: root of XmlParameters.
    """

    books: Books
    switches: Switches
    operator: str
    parameters: ET.Element

    def answer(self, document: ET.Element) -> str:
        """Process the journals of the document; each is answered in its place, those refused with their error.

        With `ApplyIfEntireDocumentValid` nothing is written unless all are sound.
        """
        items = document.findall("Item")
        with self.books.lock:
            outcomes = [self._check(item) for item in items]
            refused = [outcome for outcome in outcomes if isinstance(outcome, DocumentError)]
            sound = [outcome for outcome in outcomes if isinstance(outcome, _Parsed)]
            written = not (refused and self._says("ApplyIfEntireDocumentValid", "Y"))
            applied = written and not self._says("ValidateOnly", "Y")
            parts = [
                self._refused(outcome)
                if isinstance(outcome, DocumentError)
                else self._accepted(outcome, applied=applied)
                for outcome in outcomes
            ]
        processed = sound if written else []
        status = (
            tag("JournalsProcessed", counter(len(processed))),
            tag("PostingsProcessed", counter(sum(len(parsed.journal.entries) for parsed in processed))),
            tag("PostingsInvalid", counter(len(refused))),
        )
        return DECLARATION + wrap("postgljournal", (*parts, wrap("StatusOfItems", status)))

    def _says(self, name: str, wanted: str) -> bool:
        return (self.parameters.findtext(f".//{name}") or "").strip() == wanted

    def _refused(self, error: DocumentError) -> str:
        return wrap("Item", (tag("ErrorNumber", error.number), tag("ErrorDescription", str(error))))

    def _accepted(self, parsed: _Parsed, *, applied: bool) -> str:
        if not applied:
            return wrap("Item", ())
        key = self._write(parsed)
        row = self.books.tables["GenJournalCtl"].get(*key) or {}
        identity = (tag("GlYear", key[0]), tag("GlPeriod", key[1]), tag("GlJournal", key[2]))
        return wrap(
            "Item",
            (
                wrap(
                    "Transaction",
                    (
                        wrap("Key", identity),
                        tag("JournalDate", f"{row['JournalDate']:%Y%m%d}"),
                        tag("NumOfEntries", row["NumOfEntries"]),
                        tag("DebitAmount", f"{row['DebitAmount']:>18f}"),
                        tag("CreditAmount", f"{row['CreditAmount']:>18f}"),
                        tag("JnlPostingType", row["JnlPostingType"]),
                        tag("Jnlstatus", row["JnlStatus"]),
                        tag("Currency"),
                        tag("Authorised", row["Authorised"]),
                    ),
                ),
            ),
        )

    def _write(self, parsed: _Parsed) -> Key:
        if parsed.key is None:
            return self.books.post(parsed.journal)
        self.books.edit(parsed.key, **vars(parsed.journal))
        return parsed.key

    def _check(self, item: ET.Element) -> _Parsed | DocumentError:
        if self.switches.item_error is not None:
            return DocumentError(110099, self.switches.item_error)
        try:
            return self._maintained(item) if self._says("ActionType", "M") else _Parsed(self._entered(item))
        except DocumentError as error:
            return error

    def _maintained(self, item: ET.Element) -> _Parsed:
        """A journal that is there already: its status, and entries added to it or put in their place."""
        key = (_whole(item, "PostingYear"), _whole(item, "PostingPeriod"), _whole(item, "JournalNumber"))
        old = self.books.ledger.read(*key)
        if old is None:
            raise DocumentError(110010, f"Journal {key[2]} not found")
        if old.status in {POSTED, CANCELLED}:
            raise DocumentError(110011, f"Journal {key[2]} is posted or cancelled and cannot be maintained")
        new = self._entered(item, before=[] if self._says("DeleteEntriesonMaint", "Y") else old.entries)
        return _Parsed(new, key)

    def _entered(self, item: ET.Element, before: Sequence[Entry] = ()) -> Journal:
        kind = value(item, "JournalType") or "N"
        if kind not in _TYPES:
            raise DocumentError(110001, f"Journal type '{kind}' is not valid")
        year, period = _whole(item, "PostingYear"), _whole(item, "PostingPeriod")
        if not (1 <= period <= _LAST_PERIOD and self.books.is_open(year, period)):
            raise DocumentError(110002, f"Posting period {period} of {year} is not open")
        reference = representable(value(item, "JournalReference"))
        if len(reference) > _REFERENCE_WIDTH:
            raise DocumentError(110004, f"Journal reference exceeds {_REFERENCE_WIDTH} characters")
        day = _day(value(item, "JournalDate"))
        lines = [self._entry(line, kind) for line in item.findall("JournalDetails")]
        entries = [*before, *(entry for entry in lines if entry.value)]
        total = sum((entry.value for entry in entries), Decimal(0))
        if not entries:
            raise DocumentError(110005, "No journal entries supplied")
        if total and kind not in ONE_SIDED:
            raise DocumentError(110006, f"Journal is out of balance by {total}")
        return Journal(
            year,
            period,
            day,
            entries,
            reference=reference,
            notation=representable(value(item, "Notation"))[:100],
            type=kind,
            status=_status(item),
            authorised=value(item, "AuthorizeJournal") == "A",
            operator=self.operator,
        )

    def _entry(self, line: ET.Element, kind: str) -> Entry:
        code = value(line, "LedgerCode")
        row = self.books.tables["GenMaster"].get(self.books.company, code)
        if row is None or not row["AccountType"].strip():
            raise DocumentError(110003, f"Ledger code '{code}' not found")
        if row["ControlAccFlag"] == "Y":
            raise DocumentError(110007, f"Ledger code '{code}' is a control account")
        if row["AccountType"] == "T":
            raise DocumentError(110008, f"Ledger code '{code}' is a template")
        if (row["AccountType"] == "S") is not (kind in ONE_SIDED):
            raise DocumentError(110014, f"Ledger code '{code}' does not take journals of type '{kind}'")
        return Entry(
            code,
            _amount(value(line, "EntryAmount")),
            representable(value(line, "Reference"))[:50],
            representable(value(line, "Comment"))[:250],
        )


def _status(item: ET.Element) -> str:
    if value(item, "CancelJournal") == "Y":
        return CANCELLED
    if value(item, "HoldJournal") == "Y":
        return ON_HOLD
    # Left out, it posts (docs/vendors/syspro.md, section A4).
    return UNPOSTED if value(item, "PostJournal") == "N" else POSTED


def _whole(item: ET.Element, name: str) -> int:
    text = value(item, name)
    if not text.isdecimal():
        raise DocumentError(110012, f"{name} '{text}' is not numeric")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DocumentError(110009, f"Journal date '{text}' is not valid") from error


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise DocumentError(110013, f"Entry amount '{text}' is not numeric") from error
    if not amount.is_finite() or amount != round(amount, 2):
        raise DocumentError(110013, f"Entry amount '{text}' has more than two decimals")
    return amount.quantize(Decimal("0.01"))
