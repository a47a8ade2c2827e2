"""The company database's tables, as far as the service shows them (docs/vendors/syspro.md, section B2).

A table is declared as words: `*` before a name is a key column, then the type: `c15` a code of 15 characters, `t50`
text, `n14.2` a number with two decimals, `d` a date. Every table ends with `TimeStamp`, the rowversion. `SubEntry` and
the columns that docs/vendors/syspro.md doesn't name are those of reports over real companies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

STAMP = "TimeStamp"
"""The rowversion column: a counter of the whole database that moves with any change of the row."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: as in SQL, in the letters of SQL.
        kind: a `code` is text that the database may pad with spaces to its width.
        width: characters of a text, digits of a number.
        scale: decimals of a number.
        key: whether it is part of the primary key.
    """

    name: str
    kind: Literal["code", "text", "number", "date", "stamp"]
    width: int = 0
    scale: int = 0
    key: bool = False

    @property
    def textual(self) -> bool:
        """Whether its values are texts."""
        return self.kind in {"code", "text"}


@dataclass(frozen=True)
class TableSchema:
    """One table; the columns by name, in order."""

    name: str
    columns: Mapping[str, Column]

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(name for name, column in self.columns.items() if column.key)


_KINDS: Mapping[str, Literal["code", "text", "number", "date"]] = {"c": "code", "t": "text", "n": "number", "d": "date"}

_DECLARED = """
ApSupplier *Supplier:c15 SupplierName:t50 SupShortName:t20 SupplierType:t1 SupplierClass:c10 Bank:c15 Branch:c10
  Telephone:t20 Contact:t50 Area:c10 Email:t255 UserField1:t10 UserField2:t10 Currency:c3 CurrentBalance:n14.2
  PyrEndBalance:n14.2 LastPurchDate:d FirstPurchDate:d TermsCode:c2 MerchGlCode:c35 FreightGlCode:c35 GrnMatchReqd:t1
  WithTaxCode:c3 PurchValMth1:n14.2 PurchValMth2:n14.2 PurchValMth3:n14.2 OnHold:t1 TaxRegnNum:t15
ApInvoice *Supplier:c15 *Invoice:c20 NextPaymEntry:n10 JournalDate:d Journal:n10 Branch:c10 InvoiceDate:d DiscountDate:d
  DueDate:d Reference:t30 OrigInvValue:n14.2 OrigDiscValue:n14.2 MthInvBal1:n14.2 MthInvBal2:n14.2 MthInvBal3:n14.2
  InvoiceStatus:t1 Currency:c3 Bank:c15 NotificationDate:d InvoiceYear:n4 InvoiceMonth:n2 YearInvBalZero:n4
  MonthInvBalZero:n2 ExchangeRate:n12.6 CurrencyValue:n14.2 PostCurrency:c3 ConvRate:n12.6 MulDiv:t1 AccountCur:c3
  AccConvRate:n12.6 EntryNumber:n10 PaymentNumber:c15 TotalAdjustments:n14.2
ApInvoicePay *Supplier:c15 *Invoice:c20 *EntryNumber:n10 *TrnType:t1 JournalDate:d Journal:n10 PaymentReference:t50
  TrnValue:n14.2 TrnYear:n4 TrnMonth:n2 PostValue:n14.2 PostCurrency:c3 PostConvRate:n12.6 PaymentNumber:c15
ApJnlSummary *TrnYear:n4 *TrnMonth:n2 *Journal:n10 *EntryNumber:n10 Supplier:c15 Invoice:c20 TransactionCode:t1
  TrnDate:d InvoiceValue:n14.2 SupplierGlCode:c35 Reference:t30 AnalysisEntry:n10
ApJnlDistrib *TrnYear:n4 *TrnMonth:n2 *Journal:n10 *EntryNumber:n10 *SubEntry:n10 ExpenseGlCode:c35 ExpenseType:t1
  DistrValue:n14.2 Reference:t30 AnalysisEntry:n10
ArCustomer *Customer:c15 Name:t50 ShortName:t20 CustomerClass:c10 Salesperson:c20 Currency:c3 TermsCode:c2
  CreditLimit:n14.2 CreditStatus:t1 CustomerOnHold:t1 Telephone:t20 Email:t255 SoldToAddr1:t40 SoldToAddr2:t40
  SoldToAddr3:t40 SoldPostalCode:c10 DateLastSale:d DateCustAdded:d
ArCustomerBal *Customer:c15 ValCurrentInv:n14.2 Val30daysInv:n14.2 Val60daysInv:n14.2 Val90daysInv:n14.2
  Val120daysInv:n14.2
ArInvoice *Customer:c15 *Invoice:c20 *DocumentType:t1 InvoiceDate:d CurrencyValue:n14.2 InvoiceBal1:n14.2
  InvoiceBal2:n14.2 InvoiceBal3:n14.2 SalesOrder:c20 Salesperson:c20 TermsCode:c2 Currency:c3 ExchangeRate:n12.6
  CustomerPoNumber:t50
ArTrnSummary *TrnYear:n4 *TrnMonth:n2 *Register:n10 *Invoice:c20 *SummaryLine:n10 Customer:c15 DocumentType:t1
  InvoiceDate:d MerchandiseValue:n14.2 TaxValue:n14.2 SalesOrder:c20 Salesperson:c20
GenMaster *Company:c4 *GlCode:c35 Description:t50 GlGroup:c10 AccountType:t1 CurrentBalance:n20.2 PtdDrValue:n20.2
  PtdCrValue:n20.2 ReportIndex1:c35 ReportIndex2:c35 ControlAccFlag:t1
GenHistory *Company:c4 *GlCode:c35 *GlYear:n4 BeginYearBalance:n20.2 ClosingBalPer1:n20.2 ClosingBalPer2:n20.2
  ClosingBalPer3:n20.2 ClosingBalPer4:n20.2 ClosingBalPer5:n20.2 ClosingBalPer6:n20.2 ClosingBalPer7:n20.2
  ClosingBalPer8:n20.2 ClosingBalPer9:n20.2 ClosingBalPer10:n20.2 ClosingBalPer11:n20.2 ClosingBalPer12:n20.2
  ClosingBalPer13:n20.2 ClosingBalPer14:n20.2 ClosingBalPer15:n20.2
GenGroups *GlGroup:c10 Description:t30
GenJournalCtl *GlYear:n4 *GlPeriod:n2 *GlJournal:n10 JournalDate:d NumOfEntries:n10 DebitAmount:n20.2 CreditAmount:n20.2
  JnlPostingType:t1 Source:t1 Operator:c20 JnlStatus:t1 Reference:t30 Authorised:t1 AuthorisedBy:c20 PostedBy:c20
  PostDate:d Notation:t100 JnlPrintFlag:t1
GenJournalDetail *GlYear:n4 *GlPeriod:n2 *Journal:n10 *EntryNumber:n10 EntryType:t1 EntryValue:n20.2 GlCode:c35
  Reference:t50 Comment:t250 EntryDate:d EntryPosted:t1 Source:t1 SubModJob:c20 SubModTransDesc:t30 AnalysisEntry:n10
InvMaster *StockCode:c30 Description:t50 LongDesc:t100 StockUom:c10 ProductClass:c20
InvWarehouse *StockCode:c30 *Warehouse:c10 QtyOnHand:n18.6 QtyAllocated:n18.6 QtyOnOrder:n18.6 QtyInTransit:n18.6
  MinimumQty:n18.6 SafetyStockQty:n18.6 ReOrderQty:n18.6 UnitCost:n15.5 DateLastSale:d
PorMasterHdr *PurchaseOrder:c20 Supplier:c15 OrderStatus:t1 OrderEntryDate:d OrderDueDate:d Currency:c3
  ExchangeRate:n12.6 Buyer:c20 Warehouse:c10
PorMasterDetail *PurchaseOrder:c20 *Line:n4 MStockCode:c30 MStockDes:t50 MWarehouse:c10 MOrderUom:c10 MOrderQty:n18.6
  MReceivedQty:n18.6 MPrice:n15.5 MLatestDueDate:d MGlCode:c35 MCompleteFlag:t1
"""


def _column(word: str) -> Column:
    name, declared = word.split(":")
    width, _, scale = declared[1:].partition(".")
    return Column(name.lstrip("*"), _KINDS[declared[0]], int(width or 0), int(scale or 0), key=name.startswith("*"))


def _tables() -> dict[str, TableSchema]:
    tables: dict[str, TableSchema] = {}
    for declaration in _DECLARED.strip().replace("\n  ", " ").splitlines():
        name, *words = declaration.split()
        columns = [*map(_column, words), Column(STAMP, "stamp")]
        tables[name] = TableSchema(name, {column.name: column for column in columns})
    return tables


TABLES = _tables()
"""Name -> table, in the letters of SQL."""
