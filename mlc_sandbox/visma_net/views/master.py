"""Master records as the API gives them (docs/vendors/visma_net.md, sections 6.3 to 6.5)."""

from __future__ import annotations

from typing import Any

from mlc_sandbox.visma_net.books.company import CLOSABLE
from mlc_sandbox.visma_net.books.records import (
    Account,
    Branch,
    Department,
    Dimension,
    Ledger,
    Period,
    Segment,
    SegmentValue,
    Subaccount,
    Supplier,
)
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.views.style import Style, segments, version_stamp, written_day

View = dict[str, Any]


def account(style: Style, one: Account, query: Query) -> View:
    """AccountDto. `analisysCodeInfo` is the vendor's own spelling."""
    classes = {"Asset": "EIENDEL", "Liability": "GJELD", "Income": "INNTEKT", "Expense": "KOSTNAD"}
    wide = query.flag("includeAccountClassDescription")
    bank = one.number.startswith("19")
    return {
        "accountID": one.id,
        "accountCD": one.number,
        "accountGroupCD": one.group,
        "accountClass": classes[one.type],
        "type": one.type,
        "active": one.active,
        "description": one.name,
        "accountClassDescription": classes[one.type].capitalize() if wide else None,
        "useDefaultSub": one.type in {"Asset", "Liability"},
        "postOption": "Detail",
        "currency": {"1925": "EUR", "1926": "SEK"}.get(one.number),
        "taxCategory": None,
        "cashAccount": bank,
        "publicCode1": one.number,
        "lastModifiedDateTime": style.stamp(one.modified),
        "externalCode1Info": {"number": one.tax_code, "description": "Standardkonto"},
        "externalCode2Info": _code(one.statement_code, "Resultatregnskap"),
        "analisysCodeInfo": _code(one.analysis_code, "Varekostnad"),
        "controlAccountModule": {"1500": "AR", "2400": "AP"}.get(one.number),
        "allowManualEntry": one.number not in {"1500", "2400"},
        "timeStamp": version_stamp(one.modified),
        "errorInfo": "",
    }


def _code(number: str | None, description: str) -> View:
    return {"number": number, "description": description} if number else {}


def dimension(style: Style, one: Dimension, query: Query) -> View:
    """DtoDimension; the filters choose among the segment values."""
    changed = query.condition("lastModifiedDateTime", Query.moment)
    above = query.text("greaterThanValue")
    wide = query.flag("expandSegmentsValues") is not False

    def chosen(value: SegmentValue) -> bool:
        return (changed is None or changed(value.modified)) and (above is None or value.value > above)

    return {
        "id": one.id,
        "length": sum(each.length for each in one.segments),
        "description": one.name,
        "segments": [
            segment(style, each, [value for value in each.values.values() if chosen(value)] if wide else [])
            for each in one.segments
        ],
    }


def segment(style: Style, one: Segment, values: list[SegmentValue]) -> View:
    """DtoSegment; its stamp is `lastModified` (docs/vendors/visma_net.md, section 6.4)."""
    return {
        "internalId": str(one.id),
        "segmentId": one.id,
        "description": one.name,
        "length": one.length,
        "publicId": f"6c5ff2a0-0000-4000-8000-{one.id:012d}",
        "timeStamp": version_stamp(one.modified),
        "lastModified": style.stamp(one.modified),
        "validate": True,
        "isAutoNumber": False,
        "consolNumChar": 0,
        "consolOrder": 0,
        "segmentValues": [segment_value(style, value) for value in values],
    }


def segment_value(style: Style, one: SegmentValue) -> View:
    """DtoSegmentValue."""
    return {
        "internalId": f"{one.segment}-{one.value}",
        "segmentId": one.segment,
        "valueId": one.value,
        "description": one.name,
        "publicId": one.public_id,
        "active": one.active,
        "timeStamp": version_stamp(one.modified),
        "lastModified": style.stamp(one.modified),
        "mappedSegValue": None,
    }


def subaccount(style: Style, one: Subaccount, _query: Query) -> View:
    """SubAccountDto."""
    return {
        "subaccountNumber": one.number,
        "subaccountId": one.id,
        "description": one.name,
        "lastModifiedDateTime": style.stamp(one.modified),
        "active": one.active,
        "segments": segments(one),
        "timeStamp": version_stamp(one.modified),
        "errorInfo": "",
    }


def branch(style: Style, one: Branch, query: Query) -> View:
    """BranchDto."""
    view: View = {
        "branchId": one.id,
        "number": one.number,
        "name": one.name,
        "organizationId": 9,
        "isMainBranch": one.main,
        "isActive": one.active,
        "lastModifiedDateTime": style.stamp(one.modified),
        "corporateId": "914778271",
        "vatRegistrationId": "NO914778271MVA",
    }
    if query.flag("expandCurrency"):
        view["currency"] = {"id": "NOK", "description": "Norske kroner", "symbol": "kr"}
    if query.flag("expandLedger"):
        view["ledger"] = {"id": "1", "description": "Hovedbok"}
    return view


def department(style: Style, one: Department, _query: Query) -> View:
    """DepartmentDto."""
    return {
        "departmentId": one.id,
        "publicId": f"3b1f7d40-0000-4000-8000-{int(one.id):012d}",
        "description": one.name,
        "expenseAccount": style.account(one.account),
        "expenseSubaccount": subaccount_proposal(one.subaccount) if one.subaccount else None,
        "lastModifiedDateTime": style.stamp(one.modified),
        "timeStamp": version_stamp(one.modified),
    }


def subaccount_proposal(one: Subaccount) -> View:
    """A subaccount where it is proposed and not posted to."""
    return {"active": one.active, "id": one.number, "description": one.name}


def ledger(style: Style, one: Ledger, _query: Query) -> View:
    """LedgerDto."""
    return {
        "internalId": one.id,
        "number": one.number,
        "description": one.name,
        "balanceType": one.balance_type,
        "currencyId": one.currency,
        "consolidationSource": False,
        "consolBranch": None,
        "branchAccounting": True,
        "lastModifiedDateTime": style.stamp(one.modified),
        "postInterCompany": False,
    }


def supplier(style: Style, one: Supplier, _query: Query) -> View:
    """SupplierDto; many members are not there."""
    return {
        "internalId": one.id,
        "number": one.number,
        "name": one.name,
        "status": one.status,
        "accountReference": None,
        "supplierClass": {"id": one.class_id, "description": one.class_id.capitalize()},
        "creditTerms": {"id": "30", "description": "Netto 30 dager"},
        "documentLanguage": None,
        "currencyId": one.currency,
        "vatRegistrationId": one.vat_id,
        "corporateId": one.corporate_id,
        "lastModifiedDateTime": style.stamp(one.modified),
        "note": None,
        "timeStamp": version_stamp(one.modified),
        "errorInfo": "",
    }


def financial_period(_style: Style, one: Period, _query: Query) -> View:
    """FinancialPeriodDto; `period` is the number within the year, two digits."""
    return {
        "year": int(one.id[:4]),
        "period": one.id[4:],
        "startDate": written_day(one.start),
        "endDate": written_day(one.end),
        "description": one.name,
        "active": one.active,
        **{f"closedIn{module}": module in one.closed for module in CLOSABLE},
    }
