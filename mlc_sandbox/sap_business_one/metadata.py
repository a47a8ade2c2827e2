"""`$metadata`: the entity model as XML (docs/vendors/sap_business_one.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from mlc_sandbox.sap_business_one.schema import EDM, ENTITY_SETS, ENUMS, EntityType

_EDMX = {
    "v1": '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">',
    "v2": '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
}
_NAMESPACE = {"v1": "http://schemas.microsoft.com/ado/2009/11/edm", "v2": "http://docs.oasis-open.org/odata/ns/edm"}
_DATES = {"v1": "Edm.DateTime", "v2": "Edm.DateTimeOffset"}


def metadata(version: str, known: Callable[[EntityType], Collection[str]]) -> str:
    """The document of a version; `known` gives the properties and collections that a type has."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        _EDMX[version],
        "<edmx:DataServices>",
        f'<Schema Namespace="SAPB1" xmlns="{_NAMESPACE[version]}">',
    ]
    for name, members in ENUMS.items():
        inside = "".join(f'<Member Name="{member}" Value="{place}"/>' for place, member in enumerate(members))
        lines.append(f'<EnumType Name="{name}">{inside}</EnumType>')
    for entity_type in dict.fromkeys(ENTITY_SETS.values()):
        lines += _type(version, entity_type, known)
    lines.append('<EntityContainer Name="ServiceLayer">')
    lines += [f'<EntitySet Name="{name}" EntityType="SAPB1.{kind.name}"/>' for name, kind in ENTITY_SETS.items()]
    action = "FunctionImport" if version == "v1" else "ActionImport"
    lines.append(f'<{action} Name="JournalVouchersService_Add"/>')
    return "\n".join([*lines, "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"])


def _type(version: str, kind: EntityType, known: Callable[[EntityType], Collection[str]]) -> Iterator[str]:
    for line_type in kind.lines.values():
        yield from _type(version, line_type, known)
    tag = "EntityType" if kind.key else "ComplexType"
    yield f'<{tag} Name="{kind.name}">'
    if kind.key:
        yield f'<Key><PropertyRef Name="{kind.key}"/></Key>'
    here = known(kind)
    for name, type_name in kind.properties.items():
        if name in here:
            nullable = ' Nullable="false"' if name == kind.key else ""
            yield f'<Property Name="{name}" Type="{_edm(version, type_name)}"{nullable}/>'
    for name, line_type in kind.lines.items():
        yield f'<Property Name="{name}" Type="Collection(SAPB1.{line_type.name})"/>'
    for name, (entity_set, _) in kind.navigation.items():
        yield f'<NavigationProperty Name="{name}" Type="SAPB1.{ENTITY_SETS[entity_set].name}"/>'
    yield f"</{tag}>"


def _edm(version: str, type_name: str) -> str:
    if type_name == "date":
        return _DATES[version]
    if type_name == "time" and version == "v1":
        return "Edm.Time"
    return EDM.get(type_name, f"SAPB1.{type_name}")
