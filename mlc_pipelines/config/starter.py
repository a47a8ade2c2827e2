"""What `mlc init` writes: a commented configuration to start from, one per ERP that has a template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from mlc_pipelines.errors import ConfigurationError, Fault

_TEMPLATES = Path(__file__).parent / "templates"
_TENANTS = _TEMPLATES / "tenants"
_SHARED = _TEMPLATES / "shared"
_TENANT = "tenants/example.yaml"
_BLANK = re.compile(r": (<[^<>]+>)(?=[\s,}])")


def template_kinds() -> list[str]:
    """The ERPs that have a template: a file each in `templates/tenants/`."""
    return sorted(path.stem for path in _TENANTS.glob("*.yaml"))


def write_template(directory: Path, kind: str) -> list[Path]:
    """Writes a tenant file for that ERP, a calendar and a code map, and returns their paths.

    Raises:
        ConfigurationError: there is no template for that ERP, or a file exists already; nothing is written then.
    """
    if kind not in template_kinds():
        raise ConfigurationError(
            f"There is no template for the ERP {kind!r}.", hint=f"There are some for: {', '.join(template_kinds())}."
        )
    texts = {directory / _TENANT: (_TENANTS / f"{kind}.yaml").read_text(encoding="utf-8")}
    for path in sorted(_SHARED.rglob("*.*")):
        texts[directory / path.relative_to(_SHARED)] = path.read_text(encoding="utf-8")
    faults = [
        Fault(str(path.relative_to(directory)), "", "", "exists already", "Move it away, or choose another folder.")
        for path in texts
        if path.exists()
    ]
    if faults:
        raise ConfigurationError(f"Nothing was written to {directory}:", faults=faults)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{directory} can't be written: {error.strerror}.", hint="Choose another folder."
        ) from error
    return list(texts)


def blanks(content: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a file still has what a template leaves to fill in, such as `<model id>`: the path of keys, and that."""
    if isinstance(content, str) and content in _left_to_fill_in():
        yield place, content
    elif isinstance(content, Mapping):
        for key, value in cast("Mapping[str, Any]", content).items():
            yield from blanks(value, (*place, key))
    elif isinstance(content, list):
        for number, value in enumerate(cast("list[Any]", content)):
            yield from blanks(value, (*place, number))


@cache
def _left_to_fill_in() -> frozenset[str]:
    texts = (path.read_text(encoding="utf-8") for path in _TENANTS.glob("*.yaml"))
    return frozenset(found for text in texts for found in _BLANK.findall(text))
