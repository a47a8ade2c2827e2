"""The ERPs by kind. One of this project is its package and one line here; others come with packages of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlc_pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from mlc_pipelines.erp.base import Erp

_PACKAGES = {
    "visma_net": "mlc_pipelines.erp.visma_net",
    "acumatica": "mlc_pipelines.erp.acumatica",
    "syspro": "mlc_pipelines.erp.syspro",
    "sap_business_one": "mlc_pipelines.erp.sap_business_one",
    "netsuite": "mlc_pipelines.erp.netsuite",
}

ENTRY_POINTS = "mlc_pipelines.erps"
"""Group of the entry points by which an installed package adds an ERP: its kind, and where its `Erp` is."""


class Catalogue(Mapping[str, "Erp[Any]"]):
    """Kind -> ERP, in the order that users see. A package, and pyarrow with it, is imported when first asked for.

    Raises:
        ConfigurationError: on any use: an installed package adds a kind that is there already; when its ERP is asked
            for: it can't be loaded.
    """

    def __getitem__(self, kind: str) -> Erp[Any]:
        if kind in _PACKAGES:
            return import_module(_PACKAGES[kind]).ERP
        return _loaded(_others()[kind])

    def __iter__(self) -> Iterator[str]:
        return iter([*_PACKAGES, *_others()])

    def __len__(self) -> int:
        return len(_PACKAGES) + len(_others())


@cache
def _others() -> Mapping[str, EntryPoint]:
    from importlib.metadata import entry_points  # not every command asks for the ERPs

    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        # An ERP is handed credentials: none takes another's place by being installed.
        if point.name in _PACKAGES or point.name in found:
            raise ConfigurationError(
                f"The installed package {_package(point)} adds the ERP {point.name}, which is there already.",
                hint="Uninstall it, or give its ERP another kind.",
            )
        found[point.name] = point
    return found


def _loaded(point: EntryPoint) -> Erp[Any]:
    said = f"The ERP {point.name} ({point.value} of the installed package {_package(point)}) can't be loaded"
    hint = "Mend the package, or uninstall it."
    try:
        erp = point.load()
    except Exception as error:
        raise ConfigurationError(f"{said}: {error}.", hint=hint) from error
    if getattr(erp, "kind", None) != point.name:
        raise ConfigurationError(f"{said}: it is no `Erp` of that kind.", hint=hint)
    return erp


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "that is unknown"


ERPS = Catalogue()
"""Every ERP that can be read here."""
