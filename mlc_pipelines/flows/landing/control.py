"""What the ERP says of a read against what the new file holds: compared exactly, and kept by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlc_pipelines.erp.base import ControlTotal, Entity
from mlc_pipelines.flows.landing.read_back import AMOUNTS, FileContent
from mlc_pipelines.flows.text import money_text
from mlc_pipelines.store.totals import GroupTotal


def differences(entity: Entity, control: Sequence[ControlTotal], found: FileContent) -> list[str]:
    """What differs between what the ERP says and what the file holds, one sentence a group."""
    whole, groups = _parted(control)
    sentences = _differences(entity, groups, found.groups) if groups else []
    if whole or not groups:
        sentences += _differences(entity, whole, {"": found.total})
    documents = reported_documents(control)
    if documents is not None and documents != found.documents:
        sentences.append(f"{entity.name}: {documents} records in the ERP, {found.documents} read")
    return sentences


def _differences(entity: Entity, control: Sequence[ControlTotal], read: Mapping[str, GroupTotal]) -> list[str]:
    erp = {total.group or "": total for total in control}
    # A group that the ERP has no total of has nothing in it, in those measures that it has totals of.
    zeros: dict[str, Any] = {name: 0 for name in ("rows", *AMOUNTS) if reports(control, name)}
    found: list[str] = []
    for group in sorted({*erp, *read}):
        theirs, ours = erp.get(group) or ControlTotal(group, **zeros), read.get(group, GroupTotal(group))
        parts = [f"{theirs.rows} rows in the ERP, {ours.rows} read"] if theirs.rows not in (None, ours.rows) else []
        parts += [
            f"{name} {money_text(reported)} in the ERP, {money_text(getattr(ours, name))} read"
            for name in AMOUNTS
            if getattr(entity, name) and (reported := getattr(theirs, name)) not in (None, getattr(ours, name))
        ]
        if parts:
            found.append(f"{group or entity.name}: {', '.join(parts)}")
    return found


def completed_totals(control: Sequence[ControlTotal], read: Mapping[str, GroupTotal]) -> list[GroupTotal]:
    """The ERP's totals by group, and where it doesn't say, those of the read that agrees with all that it does say."""
    reported = {total.group or "": total for total in _parted(control)[1]}
    return [_completed(reported.get(group), read.get(group, GroupTotal(group))) for group in sorted({*reported, *read})]


def _completed(reported: ControlTotal | None, read: GroupTotal) -> GroupTotal:
    figures = {name: getattr(reported, name, None) for name in ("rows", *AMOUNTS)}
    return replace(read, **{name: figure for name, figure in figures.items() if figure is not None})


def _parted(control: Sequence[ControlTotal]) -> tuple[list[ControlTotal], list[ControlTotal]]:
    """The total of the whole, and those of groups."""
    return [each for each in control if each.group is None], [each for each in control if each.group is not None]


def reports(control: Sequence[ControlTotal], name: str) -> bool:
    """Whether the ERP gives that figure, of the whole or of groups; no totals at all mean that it has nothing."""
    return not control or any(getattr(total, name) is not None for total in control)


def reported_documents(control: Sequence[ControlTotal]) -> int | None:
    """How many documents the ERP counts, None when it counts none."""
    counts = [total.records for total in control if total.records is not None]
    return sum(counts) if counts else None
