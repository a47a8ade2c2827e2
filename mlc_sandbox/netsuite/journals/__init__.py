"""The record API's journalEntry (docs/vendors/netsuite.md, section 5)."""

from mlc_sandbox.netsuite.journals.service import JournalRecords

__all__ = ["JournalRecords"]
