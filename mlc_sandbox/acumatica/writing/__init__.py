"""What clients write: journals, their release, budgets (docs/vendors/acumatica.md, sections 8 and 9)."""

from mlc_sandbox.acumatica.writing.budgets import Budgets
from mlc_sandbox.acumatica.writing.journals import Journals
from mlc_sandbox.acumatica.writing.releases import Releases

__all__ = ["Budgets", "Journals", "Releases"]
