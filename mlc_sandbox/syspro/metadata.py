"""What OData says of itself: the service document and `$metadata`."""

from __future__ import annotations

from mlc_sandbox.syspro.books.schema import TABLES, Column, TableSchema

_TYPES = {"code": "Edm.String", "text": "Edm.String", "date": "Edm.DateTimeOffset", "stamp": "Edm.Binary"}


def service_document(url: str) -> dict[str, object]:
    """The entity sets: one for each table, by the table's name."""
    return {
        "@odata.context": f"{url}/$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in TABLES],
    }


def metadata_xml() -> str:
    """The tables' columns as CSDL."""
    sets = "".join(f'<EntitySet Name="{name}" EntityType="SysproOData.{name}"/>' for name in TABLES)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="SysproOData" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f"{''.join(map(_entity_type, TABLES.values()))}"
        f'<EntityContainer Name="Container">{sets}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(table: TableSchema) -> str:
    key = "".join(f'<PropertyRef Name="{name}"/>' for name in table.key)
    properties = "".join(map(_property, table.columns.values()))
    return f'<EntityType Name="{table.name}"><Key>{key}</Key>{properties}</EntityType>'


def _property(column: Column) -> str:
    if column.kind == "number":
        return f'<Property Name="{column.name}" Type="Edm.Decimal" Precision="{column.width}" Scale="{column.scale}"/>'
    length = f' MaxLength="{column.width}"' if column.textual else ""
    return f'<Property Name="{column.name}" Type="{_TYPES[column.kind]}"{length}/>'
