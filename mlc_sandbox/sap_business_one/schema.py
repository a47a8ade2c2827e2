"""Entity types of the Service Layer: their properties, keys and enumerations.

See docs/vendors/sap_business_one.md, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self


class EnumMember(str):
    """A member of an enumeration: its name, and in `code` the value that filters take as well.

    Attributes:
        code: for instance `C` of `cCustomer`.
    """

    __slots__ = ("code",)
    code: str

    def __new__(cls, name: str, code: str) -> Self:
        """A member with its name and value."""
        member = super().__new__(cls, name)
        member.code = code
        return member


def _enum(**codes: str) -> Mapping[str, EnumMember]:
    return {name: EnumMember(name, code) for name, code in codes.items()}


ENUMS: Mapping[str, Mapping[str, EnumMember]] = {
    "BoYesNoEnum": _enum(tNO="N", tYES="Y"),
    "BoAccountTypes": _enum(at_Revenues="I", at_Expenses="E", at_Other="N"),
    "BoCardTypes": _enum(cCustomer="C", cSupplier="S", cLid="L"),
    "BoStatus": _enum(bost_Open="O", bost_Close="C"),
    "BoDocumentTypes": _enum(dDocument_Items="I", dDocument_Service="S"),
    "TransTypesEnum": _enum(
        ttOpeningBalance="-2",
        ttARInvoice="13",
        ttARCredItnote="14",
        ttAPInvoice="18",
        ttAPCreditNote="19",
        ttReceipt="24",
        ttJournalEntry="30",
        ttVendorPayment="46",
    ),
}
YES, NO = ENUMS["BoYesNoEnum"]["tYES"], ENUMS["BoYesNoEnum"]["tNO"]
OPEN, CLOSED = ENUMS["BoStatus"]["bost_Open"], ENUMS["BoStatus"]["bost_Close"]

EDM = {"text": "Edm.String", "int": "Edm.Int32", "amount": "Edm.Double", "time": "Edm.TimeOfDay"}
"""Types as `$metadata` names them; dates differ by version, enumerations go by their own name."""

ZERO = Decimal(0)
_DEFAULTS: Mapping[str, Any] = {"amount": ZERO, "BoYesNoEnum": NO}


@dataclass(frozen=True, eq=False)
class EntityType:
    """The type of an entity or of a complex collection's members.

    Attributes:
        name: as in `$metadata`.
        key: the key property; empty for a complex type.
        properties: name -> `text`, `int`, `amount`, `date`, `time` or an enumeration.
        lines: collections of complex type -> their type; they are always inline and never expanded.
        navigation: navigation properties -> (entity set, property here that holds the other's key).
        etag: whether it carries one (docs/vendors/sap_business_one.md, section 5).
        date: the property by which the server indexes.
    """

    name: str
    key: str
    properties: Mapping[str, str]
    lines: Mapping[str, EntityType] = field(default_factory=dict[str, "EntityType"])
    navigation: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    etag: bool = False
    date: str = ""

    def default(self, name: str) -> Any:
        """The value of a property that a record doesn't hold."""
        return _DEFAULTS.get(self.properties[name])


def _properties(text: str) -> dict[str, str]:
    """`name:type` pairs; a name without a type is a text."""
    pairs = (part.partition(":") for part in text.split())
    return {name: kind or "text" for name, _, kind in pairs}


_COSTING = "CostingCode CostingCode2 CostingCode3 CostingCode4 CostingCode5"

JOURNAL_LINE = EntityType(
    "JournalEntryLine",
    "",
    _properties(
        "Line_ID:int AccountCode Debit:amount Credit:amount FCDebit:amount FCCredit:amount FCCurrency DueDate:date "
        "ShortName ContraAccount LineMemo ReferenceDate1:date ReferenceDate2:date Reference1 Reference2 ProjectCode "
        f"CostingCode TaxDate:date BaseSum:amount TaxGroup DebitSys:amount CreditSys:amount ControlAccount TaxCode "
        f"GrossValue:amount AdditionalReference {_COSTING[12:]} CostElementCode BPLID:int"
    ),
)
JOURNAL = EntityType(
    "JournalEntry",
    "JdtNum",
    _properties(
        "ReferenceDate:date Memo Reference Reference2 TransactionCode ProjectCode TaxDate:date JdtNum:int Indicator "
        "Series:int Number:int StornoDate:date VatDate:date DueDate:date AttachmentEntry:int Reference3 BaseReference "
        "BlanketAgreementNumber:int OriginalJournal:TransTypesEnum Original:int U_ExternalRef"
    ),
    lines={"JournalEntryLines": JOURNAL_LINE},
    date="ReferenceDate",
)
ACCOUNT = EntityType(
    "ChartOfAccount",
    "Code",
    _properties(
        "Code Name Balance:amount AccountType:BoAccountTypes ActiveAccount:BoYesNoEnum CashAccount:BoYesNoEnum "
        "AccountLevel:int FatherAccountKey AcctCurrency FormatCode ExternalCode ProjectRelevant:BoYesNoEnum "
        "DistributionRuleRelevant:BoYesNoEnum DistributionRule2Relevant:BoYesNoEnum "
        "DistributionRule3Relevant:BoYesNoEnum DistributionRule4Relevant:BoYesNoEnum "
        "DistributionRule5Relevant:BoYesNoEnum ValidFor:BoYesNoEnum FrozenFor:BoYesNoEnum "
        "LockManualTransaction:BoYesNoEnum BlockManualPosting:BoYesNoEnum CostElementCode"
    ),
)
PROFIT_CENTER = EntityType(
    "ProfitCenter",
    "CenterCode",
    _properties(
        "CenterCode CenterName GroupCode InWhichDimension:int CostCenterType EffectiveFrom:date EffectiveTo:date "
        "Active:BoYesNoEnum CenterOwner:int"
    ),
)
DIMENSION = EntityType(
    "Dimension",
    "DimensionCode",
    _properties("DimensionCode:int DimensionName DimensionDescription IsActive:BoYesNoEnum"),
)
DISTRIBUTION_RULE = EntityType(
    "DistributionRule",
    "FactorCode",
    _properties(
        "FactorCode FactorDescription TotalFactor:amount Direct:BoYesNoEnum InWhichDimension:int Active:BoYesNoEnum "
        "IsFixedAmount:BoYesNoEnum"
    ),
    lines={
        "DistributionRuleLines": EntityType(
            "DistributionRuleLine",
            "",
            _properties("FactorCode CenterCode TotalInCenter:amount EffectiveFrom:date EffectiveTo:date"),
        )
    },
)
BUSINESS_PARTNER = EntityType(
    "BusinessPartner",
    "CardCode",
    _properties(
        "CardCode CardName CardType:BoCardTypes GroupCode:int Currency CurrentAccountBalance:amount Valid:BoYesNoEnum "
        "Frozen:BoYesNoEnum CreateDate:date CreateTime:time UpdateDate:date UpdateTime:time DataVersion:int"
    ),
    etag=True,
)
DOCUMENT = EntityType(
    "Document",
    "DocEntry",
    _properties(
        "DocEntry:int DocNum:int DocType:BoDocumentTypes DocDate:date DocDueDate:date CardCode CardName NumAtCard "
        "DocTotal:amount DocCurrency DocRate:amount TaxDate:date CreationDate:date UpdateDate:date UpdateTime:time "
        "Project VatSum:amount DocTotalFc:amount PaidToDate:amount DocumentStatus:BoStatus Cancelled:BoYesNoEnum "
        "TransNum:int DataVersion:int"
    ),
    lines={
        "DocumentLines": EntityType(
            "DocumentLine",
            "",
            _properties(
                "LineNum:int ItemCode ItemDescription Quantity:amount Price:amount AccountCode ProjectCode "
                f"LineTotal:amount {_COSTING} DocEntry:int"
            ),
        )
    },
    navigation={"BusinessPartner": ("BusinessPartners", "CardCode")},
    etag=True,
    date="DocDate",
)
SQL_QUERY = EntityType(
    "SQLQuery", "SqlCode", _properties("SqlCode SqlName SqlText ParamList CreateDate:date UpdateDate:date")
)

ENTITY_SETS: Mapping[str, EntityType] = {
    "BusinessPartners": BUSINESS_PARTNER,
    "ChartOfAccounts": ACCOUNT,
    "CreditNotes": DOCUMENT,
    "Dimensions": DIMENSION,
    "DistributionRules": DISTRIBUTION_RULE,
    "Invoices": DOCUMENT,
    "JournalEntries": JOURNAL,
    "ProfitCenters": PROFIT_CENTER,
    "PurchaseCreditNotes": DOCUMENT,
    "PurchaseInvoices": DOCUMENT,
    "PurchaseOrders": DOCUMENT,
    "SQLQueries": SQL_QUERY,
}
DOCUMENT_SETS = tuple(name for name, entity_type in ENTITY_SETS.items() if entity_type is DOCUMENT)
