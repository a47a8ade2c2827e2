"""The words of SAP Business One that decide something: names of enumerations, the same in every language.

See docs/vendors/sap_business_one.md, section 5.
"""

from __future__ import annotations

from mlc_pipelines.vocabulary import Vocabulary

BOOLEANS = ("tYES", "tNO")
"""True and false, of every flag."""

CANCELLED = Vocabulary(
    "whether the document is cancelled and counts nothing", dict(zip(BOOLEANS, (True, False), strict=True))
)

CANCELLATION = Vocabulary(
    "whether the document is cancelled, or the cancellation of another, and counts nothing",
    {"csNo": False, "csYes": True, "csCancellation": True},
)
