"""GENTJL as docs/vendors/syspro.md, section A4 has it, and the faults of section B3."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from mlc_pipelines_tests.sandbox_syspro.client import Enet, comfnd, document, expression, journal
from mlc_sandbox.serving import Fault, drop_answer
from mlc_sandbox.syspro import SysproSandbox

RENT = (("20-6100-00", "1234.50"), ("10-2300-00", "-1234.50"))


@pytest.fixture
def enet(own_sandbox: SysproSandbox) -> Enet:
    client = Enet(own_sandbox)
    client.logon()
    return client


def error_of(body: str) -> str:
    """The only ErrorDescription; such an answer has no journal number."""
    answered = document(body)
    assert answered.find(".//Key") is None
    return answered.findtext(".//ErrorDescription") or ""


def journals(sandbox: SysproSandbox) -> int:
    return len(sandbox.books.tables["GenJournalCtl"].rows())


def test_a_draft_is_kept_unposted_and_balances_stay(enet: Enet, own_sandbox: SysproSandbox):
    before = own_sandbox.books.control(2026, 6)
    answered = document(enet.post(journal(*RENT)))
    assert answered.tag == "postgljournal"
    number = int(answered.findtext("Item/Transaction/Key/GlJournal") or 0)
    transaction = answered.find("Item/Transaction")
    assert transaction is not None
    assert {child.tag: (child.text or "").strip() for child in transaction if child.tag != "Key"} == {
        "JournalDate": "20260614",
        "NumOfEntries": "2",
        "DebitAmount": "1234.50",
        "CreditAmount": "1234.50",
        "JnlPostingType": "N",
        "Jnlstatus": "0",
        "Currency": "",
        "Authorised": "N",
    }
    status = answered.find("StatusOfItems")
    assert status is not None
    assert [child.text for child in status] == ["000001", "000002", "000000"]
    assert own_sandbox.books.control(2026, 6) == before
    stored = own_sandbox.books.journal((2026, 6, number))
    assert [(entry.code, entry.value, entry.comment) for entry in stored.entries] == [
        ("20-6100-00", Decimal("1234.50"), "Café"),
        ("10-2300-00", Decimal("-1234.50"), "Café"),
    ]


def test_a_posted_journal_moves_history_and_master(enet: Enet, own_sandbox: SysproSandbox):
    history, master = (own_sandbox.books.tables[name] for name in ("GenHistory", "GenMaster"))
    key = ("CHEM", "20-6100-00")
    before = [history.get(*key, 2026), master.get(*key)]
    assert "ErrorDescription" not in enet.post(journal(*RENT, PostJournal="Y", AuthorizeJournal="A"))
    after = [history.get(*key, 2026), master.get(*key)]
    (moved_from, debited_from), (moved_to, debited_to) = filter(None, before), filter(None, after)
    moved = {name for name, value in moved_to.items() if value != moved_from[name]} - {"TimeStamp"}
    assert moved == {f"ClosingBalPer{period}" for period in range(6, 16)}
    assert moved_to["ClosingBalPer6"] - moved_from["ClosingBalPer6"] == Decimal("1234.50")
    assert debited_to["PtdDrValue"] - debited_from["PtdDrValue"] == Decimal("1234.50")


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        (journal(("20-6100-00", "1.00"), ("10-2300-00", "-0.99")), "out of balance"),
        (journal(("20-6100-99", "1.00"), ("10-2300-00", "-1.00")), "not found"),
        (journal(("RETAINED", "1.00"), ("10-2300-00", "-1.00")), "not found"),
        (journal(("10-1100-00", "1.00"), ("10-2300-00", "-1.00")), "control account"),
        (journal(("10-9999-00", "1.00"), ("10-2300-00", "-1.00")), "template"),
        (journal(("10-9000-00", "1.00"), ("10-2300-00", "-1.00")), "does not take journals"),
        (journal(*RENT, period=5), "not open"),
        (journal(*RENT, PostingPeriod="2026", PostingYear="6"), "not open"),
        (journal(*RENT, reference="x" * 31), "exceeds 30"),
        (journal(*RENT, JournalDate="14/06/2026"), "not valid"),
        (journal(*RENT, JournalType="X"), "not valid"),
        (journal(("20-6100-00", "1.005"), ("10-2300-00", "-1.005")), "decimals"),
        (journal(("20-6100-00", "1,00"), ("10-2300-00", "-1.00")), "numeric"),
        (journal(), "No journal entries"),
        (journal(("20-6100-00", "0.00"), ("10-2300-00", "0.00")), "No journal entries"),
    ],
)
def test_a_faulty_journal_is_refused_in_the_xml_and_not_written(
    enet: Enet, own_sandbox: SysproSandbox, xml: str, says: str
):
    before = journals(own_sandbox)
    assert says in error_of(enet.post(xml))
    assert journals(own_sandbox) == before


def test_a_journal_that_does_not_say_whether_to_post_is_posted(enet: Enet, own_sandbox: SysproSandbox):
    silent = journal(*RENT).replace("<PostJournal>N</PostJournal>", "")
    number = int(document(enet.post(silent)).findtext(".//GlJournal") or 0)
    assert (2026, 6, number) in own_sandbox.books.posted(2026, 6)


def test_lines_of_zero_are_dropped(enet: Enet):
    assert document(enet.post(journal(*RENT, ("10-2300-00", "0.00")))).findtext(".//NumOfEntries") == "2"


def test_validation_alone_writes_nothing_and_gives_no_number(enet: Enet, own_sandbox: SysproSandbox):
    before = journals(own_sandbox)
    answered = document(enet.post(journal(*RENT), ValidateOnly="Y"))
    assert answered.find(".//ErrorDescription") is None
    assert answered.find(".//Key") is None
    assert journals(own_sandbox) == before


@pytest.mark.parametrize(("entire", "written"), [("Y", 0), ("N", 1)])
def test_one_fault_keeps_the_whole_document_out_only_when_asked(
    enet: Enet, own_sandbox: SysproSandbox, entire: str, written: int
):
    before = journals(own_sandbox)
    good, bad = journal(*RENT), journal(("20-6100-00", "1.00"))
    both = good.replace("</PostGlJournal>", bad.removeprefix("<PostGlJournal>"))
    answered = document(enet.post(both, ApplyIfEntireDocumentValid=entire))
    assert answered.findtext("StatusOfItems/JournalsProcessed") == f"{written:06d}"
    assert len(answered.findall(".//ErrorDescription")) == 1
    assert journals(own_sandbox) == before + written


def test_a_draft_can_be_held_added_to_posted_and_then_no_more(enet: Enet, own_sandbox: SysproSandbox):
    number = document(enet.post(journal(*RENT))).findtext(".//GlJournal") or ""
    held = document(enet.post(journal(*RENT, JournalNumber=number, HoldJournal="Y"), ActionType="M"))
    assert held.findtext(".//NumOfEntries") == "4"
    assert own_sandbox.books.journal((2026, 6, int(number))).status == "1"
    replaced = enet.post(
        journal(*RENT, JournalNumber=number, PostJournal="Y"), ActionType="M", DeleteEntriesonMaint="Y"
    )
    assert document(replaced).findtext(".//NumOfEntries") == "2"
    assert (2026, 6, int(number)) in own_sandbox.books.posted(2026, 6)
    assert "cannot be maintained" in error_of(enet.post(journal(*RENT, JournalNumber=number), ActionType="M"))


@pytest.mark.parametrize("kind", ["P", "S"])
def test_provisional_and_statistical_journals_are_no_money(enet: Enet, own_sandbox: SysproSandbox, kind: str):
    before = own_sandbox.books.control(2026, 6)
    lines = RENT if kind == "P" else (("10-9000-00", "5000.00"),)
    assert "ErrorDescription" not in enet.post(journal(*lines, JournalType=kind, PostJournal="Y"))
    assert own_sandbox.books.control(2026, 6) == before


def test_letters_beyond_the_code_page_become_question_marks(enet: Enet, own_sandbox: SysproSandbox):
    number = document(enet.post(journal(*RENT, Notation="Łódź → é"))).findtext(".//GlJournal") or ""
    assert own_sandbox.books.journal((2026, 6, int(number))).notation == "?ód? ? é"


def test_the_two_error_switches_refuse_in_their_own_way(enet: Enet, own_sandbox: SysproSandbox):
    own_sandbox.switches.item_error = "Ledger interface is locked"
    assert error_of(enet.post(journal(*RENT))) == "Ledger interface is locked"
    own_sandbox.switches.post_error = "Business object GENTJL is busy"
    assert enet.post(journal(*RENT)) == "ERROR: Business object GENTJL is busy"


def test_after_a_lost_answer_the_journal_is_found_by_its_reference(enet: Enet, own_sandbox: SysproSandbox):
    own_sandbox.faults.add(Fault("GET", "/Transaction/Post", drop_answer))
    with pytest.raises(httpx.RemoteProtocolError):
        enet.post(journal(*RENT, reference="KEY-77"))
    found = document(enet.query(comfnd("GenJournalCtl", ["GlJournal"], where=expression("Reference", "EQ", "KEY-77"))))
    assert found.findtext("RowsReturned") == "000001"


def test_a_post_without_a_session_is_not_executed(enet: Enet, own_sandbox: SysproSandbox):
    before = journals(own_sandbox)
    assert enet.post(journal(*RENT), user_id="no-session").startswith("ERROR: The supplied UserID is invalid.")
    assert journals(own_sandbox) == before
