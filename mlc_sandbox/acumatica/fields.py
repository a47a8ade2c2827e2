"""Names and types of the endpoint's fields: Default/24.200.001, finance alone (docs/vendors/acumatica.md, section 6).

A name alone is a string; `Name:Type` another type; `Name=Entity` a linked entity; `Name=[Entity]` its details.
"""

FIELDS = {
    "Account": """
        AccountCD AccountClass AccountGroup AccountID:Int Active:Boolean CashAccount:Boolean
        ChartOfAccountsOrder:Int ConsolidationAccount CreatedDateTime:DateTime CurrencyID Description
        LastModifiedDateTime:DateTime PostOption RequireUnits:Boolean RevaluationRateType Secured:Boolean
        TaxCategory Type UseDefaultSubaccount:Boolean
    """,
    "Subaccount": """
        Active:Boolean Description Secured:Boolean SubaccountCD SubaccountID:Int
    """,
    "Ledger": """
        ConsolidationSource:Boolean Currency Description LastModifiedDateTime:DateTime LedgerID Type
        Branches=[LedgerBranches] Companies=[LedgerCompanies]
    """,
    "LedgerBranches": """
        Active:Boolean BranchID BranchName CompanyName
    """,
    "LedgerCompanies": """
        Active:Boolean Company CompanyName CompanyType
    """,
    "CompaniesStructure": """
        Results=[CompaniesStructureDetail]
    """,
    "CompaniesStructureDetail": """
        BaseCurrencyID BranchCountry BranchID BranchName BranchStatus:Boolean CompanyID CompanyName
        CompanyStatus:Boolean CompanyType
    """,
    "FinancialPeriod": """
        CreatedDateTime:DateTime FinancialYear LastModifiedDateTime:DateTime NbrOfPeriods:Short StartDate:DateTime
        UserDefinedPeriods:Boolean Details=[FinancialPeriodDetail]
    """,
    "FinancialPeriodDetail": """
        AdjustmentPeriod:Boolean ClosedInAP:Boolean ClosedInAR:Boolean ClosedInCA:Boolean ClosedInFA:Boolean
        ClosedInIN:Boolean Description EndDate:DateTime FinancialPeriodID LengthInDays:Int PeriodNbr
        StartDate:DateTime Status
    """,
    "CompanyFinancialPeriod": """
        Company FinancialYear NbrOfPeriods:Short StartDate:DateTime Details=[FinancialPeriodDetail]
    """,
    "FinancialYear": """
        AdjustToPeriodStart:Boolean BelongsToNextYear:Boolean CreatedDateTime:DateTime DayOfWeek
        FinancialYearStartsOn:DateTime FirstFinancialYear FirstPeriodStartDate:DateTime HasAdjustmentPeriod:Boolean
        LastModifiedDateTime:DateTime LengthOfFinancialPeriodInDays:Short NbrOfFinancialPeriods:Short
        PeriodsStartDayOfWeek PeriodType UserDefinedPeriods:Boolean YearEndCalculationMethod
        Details=[FinancialYearPeriodDetail]
    """,
    "FinancialYearPeriodDetail": """
        Description EndDate:DateTime PeriodNbr StartDate:DateTime
    """,
    "Currency": """
        Active:Boolean CreatedDateTime:DateTime CurrencyID CurrencySymbol DecimalPrecision:Short Description
        LastModifiedDateTime:DateTime UseForAccounting:Boolean
    """,
    "JournalTransaction": """
        BatchNbr BranchID CreatedDateTime:DateTime CurrencyID Description Hold:Boolean LastModifiedDateTime:DateTime
        LedgerID Module PostPeriod Status TransactionDate:DateTime Details=[JournalTransactionDetail]
    """,
    "JournalTransactionDetail": """
        Account BranchID CostCode CreditAmount:Decimal DebitAmount:Decimal Description IsNonPM:Boolean LineNbr:Int
        NonBillable:Boolean Project ProjectTask ProjectTransactionID:Long Qty:Decimal ReferenceNbr Subaccount
        TransactionDescription UOM VendorOrCustomer
    """,
    "Vendor": """
        AccountRef APAccount APSubaccount CashAccount CreatedDateTime:DateTime CurrencyID CurrencyRateType
        EnableCurrencyOverride:Boolean EnableRateOverride:Boolean F1099Box F1099Vendor:Boolean FATCA:Boolean
        FOBPoint ForeignEntity:Boolean LandedCostVendor:Boolean LastModifiedDateTime:DateTime LeadTimedays:Short
        LegalName LocationName MaxReceipt:Decimal MinReceipt:Decimal ParentAccount PaymentBy
        PaymentLeadTimedays:Short PaymentMethod PaySeparately:Boolean PrintOrders:Boolean ReceiptAction
        ReceivingBranch RemittanceAddressOverride:Boolean RemittanceContactOverride:Boolean
        SendOrdersbyEmail:Boolean ShippingContactOverride:Boolean ShippingAddressOverride:Boolean ShippingTerms
        ShipVia Status TaxCalculationMode TaxRegistrationID TaxZone Terms ThresholdReceipt:Decimal VendorClass
        VendorID VendorIsLaborUnion:Boolean VendorIsTaxAgency:Boolean VendorName Warehouse MainContact=Contact
        PrimaryContact=Contact RemittanceContact=Contact ShippingContact=Contact
    """,
    "Contact": """
        Active:Boolean Attention CompanyName ContactID:Int DisplayName Email Fax FirstName JobTitle
        LastModifiedDateTime:DateTime LastName Phone1 Phone1Type Phone2 Phone2Type Title WebSite FullName
        Address=Address
    """,
    "Address": """
        AddressLine1 AddressLine2 City Country PostalCode State Validated:Boolean
    """,
    "Bill": """
        Amount:Decimal ApprovedForPayment:Boolean Balance:Decimal BranchID CashAccount CurrencyID Date:DateTime
        Description DueDate:DateTime Hold:Boolean LocationID PostPeriod Project ReferenceNbr Status TaxTotal:Decimal
        Terms Type Vendor VendorRef IsTaxValid:Boolean LastModifiedDateTime:DateTime
        Applications=[BillApplicationDetail] Details=[BillDetail] TaxDetails=[BillTaxDetail]
    """,
    "BillDetail": """
        Account Amount:Decimal Branch CalculateDiscountsOnImport:Boolean CostCode Description ExtendedCost:Decimal
        InventoryID LCLineNbr:Int LCNbr LCType NonBillable:Boolean POLine:Int POOrderNbr POOrderType
        POReceiptLine:Int POReceiptType POReceiptNbr Project ProjectTask Qty:Decimal Subaccount TaxCategory
        TransactionDescription UnitCost:Decimal UOM
    """,
    "BillTaxDetail": """
        TaxableAmount:Decimal TaxAmount:Decimal TaxID TaxRate:Decimal
    """,
    "BillApplicationDetail": """
        AmountPaid:Decimal Balance:Decimal DocType ReferenceNbr Status
    """,
    "PurchaseOrder": """
        BaseCurrencyID Branch ControlTotal:Decimal CurrencyID CurrencyEffectiveDate:DateTime CurrencyRate:Decimal
        CurrencyRateTypeID CurrencyReciprocalRate:Decimal Date:DateTime Description Hold:Boolean IsTaxValid:Boolean
        LastModifiedDateTime:DateTime LineTotal:Decimal Location OrderNbr OrderTotal:Decimal Owner Project
        PromisedOn:DateTime Status TaxTotal:Decimal Terms Type VendorID VendorRef VendorTaxZone
        Details=[PurchaseOrderDetail] TaxDetails=[PurchaseOrderTaxDetail]
    """,
    "PurchaseOrderDetail": """
        Account AlternateID BranchID CalculateDiscountsOnImport:Boolean Cancelled:Boolean Completed:Boolean
        CompleteOn:Decimal CostCode Description ExtendedCost:Decimal InventoryID LineDescription LineNbr:Int
        LineType MaxReceiptPercent:Decimal MinReceiptPercent:Decimal OrderNbr OrderQty:Decimal OrderedQty:Decimal
        OrderType OrigPONbr OrigPOType Project ProjectTask Promised:DateTime QtyOnReceipts:Decimal ReceiptAction
        ReceivedAmount:Decimal Requested:DateTime Subaccount Subitem TaxCategory UnitCost:Decimal UOM WarehouseID
    """,
    "PurchaseOrderTaxDetail": """
        RetainedTaxableAmount:Decimal RetainedTaxAmount:Decimal TaxableAmount:Decimal TaxAmount:Decimal TaxID
        TaxRate:Decimal
    """,
    "Check": """
        ApplicationDate:DateTime CashAccount CurrencyID Description Hold:Boolean PaymentAmount:Decimal PaymentMethod
        PaymentRef ReferenceNbr Status Type UnappliedBalance:Decimal Vendor LastModifiedDateTime:DateTime
        Details=[CheckDetail] History=[CheckHistoryDetail]
    """,
    "CheckDetail": """
        AmountPaid:Decimal Balance:Decimal CashDiscountBalance:Decimal DocLineNbr:Int DocType ReferenceNbr
    """,
    "CheckHistoryDetail": """
        AmountPaid:Decimal Balance:Decimal CashDiscountBalance:Decimal CashDiscountTaken:Decimal DocType
        ReferenceNbr VendorRef
    """,
    "Payment": """
        ApplicationDate:DateTime AppliedToDocuments:Decimal Branch CardAccountNbr:Int CashAccount CurrencyID
        CustomerID Description Hold:Boolean IsCCPayment:Boolean PaymentAmount:Decimal PaymentMethod PaymentRef
        ReferenceNbr Status Type LastModifiedDateTime:DateTime ProcessingCenterID SaveCard:Boolean ExternalRef
        OrigTransaction BranchID CustomerLocationID IsNewCard:Boolean NoteID:Guid AvailableBalance:Decimal
        AppliedToOrders:Decimal ApplicationHistory=[PaymentApplicationHistoryDetail]
        DocumentsToApply=[PaymentDetail]
    """,
    "PaymentDetail": """
        AmountPaid:Decimal BalanceWriteOff:Decimal CashDiscountTaken:Decimal CustomerOrder Description
        DocLineNbr:Int DocType ReferenceNbr WriteOffReasonCode
    """,
    "PaymentApplicationHistoryDetail": """
        AdjustedDocType AdjustedRefNbr AdjustingDocType AdjustingRefNbr AdjustmentNbr:Int AdjustsVAT:Boolean
        AmountPaid:Decimal ApplicationPeriod Balance:Decimal BalanceWriteOff:Decimal BatchNbr
        CashDiscountBalance:Decimal CashDiscountDate:DateTime CashDiscountTaken:Decimal CurrencyID Customer
        CustomerOrder Date:DateTime Description DisplayDocType DisplayRefNbr DueDate:DateTime PostPeriod
        VATCreditMemo
    """,
    "StockItem": """
        ABCCode AutoIncrementalValue AverageCost:Decimal BaseUOM COGSAccount COGSSubaccount Content CountryOfOrigin
        CurrentStdCost:Decimal DefaultIssueLocationID DefaultPrice:Decimal DefaultReceiptLocationID DefaultSubitem
        DefaultWarehouseID DeferralAccount DeferralSubaccount Description DimensionVolume:Decimal
        DimensionWeight:Decimal DiscountAccount DiscountSubaccount ImageUrl InventoryAccount InventoryID
        InventorySubaccount IsAKit:Boolean ItemClass ItemStatus ItemType LandedCostVarianceAccount
        LandedCostVarianceSubaccount LastCost:Decimal LastModified:DateTime LastModifiedDateTime:DateTime
        LastStdCost:Decimal LotSerialClass Markup:Decimal MaxCost:Decimal MinCost:Decimal MinMarkup:Decimal
        MSRP:Decimal PackagingOption PackSeparately:Boolean PendingStdCost:Decimal POAccrualAccount
        POAccrualSubaccount PostingClass PriceClass PriceManager PriceWorkgroup ProductManager ProductWorkgroup
        PurchasePriceVarianceAccount PurchasePriceVarianceSubaccount PurchaseUOM ReasonCodeSubaccount SalesAccount
        SalesSubaccount SalesUOM StandardCostRevaluationAccount StandardCostRevaluationSubaccount
        StandardCostVarianceAccount StandardCostVarianceSubaccount SubjectToCommission:Boolean TaxCategory
        TariffCode UseOnEntry:Boolean ValuationMethod VolumeUOM WeightUOM CurySpecificMSRP:Decimal
        CurySpecificPrice:Decimal Availability CustomURL ExportToExternal:Boolean MetaDescription MetaKeywords
        NoteID:Guid PageTitle SearchKeywords TemplateItemID Visibility NotAvailable
        WarehouseDetails=[StockItemWarehouseDetail]
    """,
    "StockItemWarehouseDetail": """
        DailyDemandForecast:Decimal DailyDemandForecastErrorSTDEV:Decimal DefaultIssueLocationID
        DefaultReceiptLocationID InventoryAccount InventorySubaccount IsDefault:Boolean LastForecastDate:DateTime
        Override:Boolean OverridePreferredVendor:Boolean OverrideReplenishmentSettings:Boolean
        OverrideStdCost:Boolean PreferredVendor PriceOverride:Boolean ProductManager ProductWorkgroup
        QtyOnHand:Decimal ReplenishmentSource ReplenishmentWarehouse Seasonality ServiceLevel:Decimal Status
        WarehouseID
    """,
    "NonStockItem": """
        BaseUnit CurrentCost:Decimal DefaultPrice:Decimal DeferralAccount DeferralSubaccount Description
        EffectiveDate:DateTime ExpenseAccount ExpenseAccrualAccount ExpenseAccrualSubaccount ExpenseSubaccount
        InventoryID IsKit:Boolean IsAKit:Boolean ItemClass ItemStatus ItemType LastCost:Decimal
        LastModifiedDateTime:DateTime PendingCost:Decimal PendingCostDate:DateTime POAccrualAccount
        POAccrualSubaccount PostingClass PriceClass PurchasePriceVarianceAccount PurchasePriceVarianceSubaccount
        PurchaseUnit ReasonCodeSubaccount RequireReceipt:Boolean RequireShipment:Boolean SalesAccount
        SalesSubaccount SalesUnit TaxCategory Volume:Decimal VolumeUOM Weight:Decimal WeightUOM
        CurySpecificMSRP:Decimal CurySpecificPrice:Decimal Availability ExportToExternal:Boolean Content
        CurrentStdCost:Decimal CustomURL DimensionWeight:Decimal MetaDescription MetaKeywords MSRP:Decimal
        NoteID:Guid PageTitle SearchKeywords TemplateItemID Visibility
    """,
    "AccountSummaryInquiry": """
        AccountClass Branch Ledger Period Subaccount Results=[AccountSummaryRow]
    """,
    "AccountSummaryRow": """
        Account AccountClass BeginningBalance:Decimal Branch ConsolidationAccount CreditTotal:Decimal
        CurrencyBeginningBalance:Decimal CurrencyCreditTotal:Decimal CurrencyDebitTotal:Decimal
        CurrencyEndingBalance:Decimal CurrencyID CurrencyPtdTotal:Decimal DebitTotal:Decimal Description
        EndingBalance:Decimal LastActivity LedgerID:Int PtdTotal:Decimal Subaccount Type
    """,
    "AccountDetailsForPeriodInquiry": """
        FromPeriod Ledger ToPeriod IncludeUnposted:Boolean IncludeUnreleased:Boolean
        Results=[AccountDetailsForPeriodInquiryDetail]
    """,
    "AccountDetailsForPeriodInquiryDetail": """
        Account BatchNumber Branch CreditAmount:Decimal CreditAmountInBaseCurrency:Decimal Currency CustomerVendor
        DebitAmount:Decimal DebitAmountInBaseCurrency:Decimal LastModifiedDateTime:DateTime Ledger Module PeriodID
        Project ProjectTask RefNumber Subaccount TransactionDate:DateTime TransactionDescription TransactionType
        Posted:Boolean Released:Boolean
    """,
    "Budget": """
        Branch ComparetoBranch ComparetoLedger ComparetoYear FinancialYear Ledger SubaccountFilter TreeNodeFilter
        Details=[BudgetDetail]
    """,
    "BudgetDetail": """
        Account Amount:Decimal Branch CreatedBy Description DistributedAmount:Decimal FinancialYear GroupID:Guid
        LastModifiedBy LedgerID Node:Boolean Period01:Decimal Period02:Decimal Period03:Decimal Period04:Decimal
        Period05:Decimal Period06:Decimal Period07:Decimal Period08:Decimal Period09:Decimal Period10:Decimal
        Period11:Decimal Period12:Decimal Period13:Decimal Released:Boolean Subaccount
    """,
}
"""By entity, details and linked entities included."""
