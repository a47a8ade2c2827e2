"""What the Service Layer of one company can do with an entity: found out by trying, for versions differ."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.fields import CANCEL_STATUS, ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.parsing import RecordParser
from mlc_pipelines.errors import BadRequest, Forbidden, PermanentError


@dataclass(frozen=True)
class Abilities:
    """What it can do with one entity.

    Attributes:
        absent: properties that it doesn't have, of those that a read can do without.
        counts: it counts the records that meet a condition.
    """

    absent: frozenset[str]
    counts: bool


def find_abilities(service: ServiceLayer, entity: ServiceLayerEntity) -> Abilities:
    """Try it.

    Raises:
        PermanentError: the user may not read the entity, or a property is absent that a read can't do without.
    """
    return Abilities(_absent(service, entity), _counts(service, entity))


def _absent(service: ServiceLayer, entity: ServiceLayerEntity) -> frozenset[str]:
    # A refusal names one property (docs/vendors/sap_business_one.md, section 3), so it may take several.
    spare = {CANCEL_STATUS, "UpdateTime"} | {
        field.source for field in entity.fields if not (field.required or pa.types.is_decimal(field.type))
    }
    absent: set[str] = set()
    while True:
        select = RecordParser(entity, absent).select
        try:
            record = service.first(entity.entity_set, {"$select": select})
        except BadRequest as error:
            left = spare & set(select.split(","))
            named = left & set(re.findall(r"""['"](\w+)['"]""", error.message)) or left & {CANCEL_STATUS}
            if not named:
                raise
            absent |= named
            continue
        if entity.sign and record and record.get(CANCEL_STATUS) is None:
            absent.add(CANCEL_STATUS)  # a server that passes over what it doesn't know
        return frozenset(absent)


def _counts(service: ServiceLayer, entity: ServiceLayerEntity) -> bool:
    nothing = "0" if pa.types.is_integer(entity.field(entity.key[0]).type) else "''"
    try:
        return service.count(entity.entity_set, f"{entity.record_key} eq {nothing}") == 0
    except Forbidden:
        raise
    except PermanentError:
        return False
