"""The ERPs by kind. Adding one is its package and one line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlc_pipelines.erp.base import Erp

_PACKAGES = {
    "visma_net": "mlc_pipelines.erp.visma_net",
    "acumatica": "mlc_pipelines.erp.acumatica",
    "syspro": "mlc_pipelines.erp.syspro",
    "sap_business_one": "mlc_pipelines.erp.sap_business_one",
    "netsuite": "mlc_pipelines.erp.netsuite",
}


class Catalogue(Mapping[str, "Erp[Any]"]):
    """Kind -> ERP, in the order that users see. A package, and pyarrow with it, is imported when first asked for."""

    def __getitem__(self, kind: str) -> Erp[Any]:
        return import_module(_PACKAGES[kind]).ERP

    def __iter__(self) -> Iterator[str]:
        return iter(_PACKAGES)

    def __len__(self) -> int:
        return len(_PACKAGES)


ERPS = Catalogue()
"""Every ERP that this project reads."""
