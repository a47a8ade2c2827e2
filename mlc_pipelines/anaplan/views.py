"""Reading a view of any size by a read request (docs/vendors/anaplan.md, section 8)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.discovery import find_by_name
from mlc_pipelines.anaplan.exports import TextRows
from mlc_pipelines.anaplan.read_requests import open_read_request
from mlc_pipelines.http import path_part


@contextmanager
def open_view(api: ModelApi, module: str, module_id: str, view: str, *, deadline: timedelta) -> Generator[TextRows]:
    """The rows of a view as Anaplan gathered them, page by page: a column per dimension and per line item.

    Args:
        api: the model; the caller holds its lock as long as the view is open.
        module: its name, for messages.
        module_id: whose view.
        view: exact name; `default` is the module's own.
        deadline: how long to wait until Anaplan has gathered it.

    Raises:
        ConfigurationError: the module has no such view.
        MlcError: as for `open_read_request`.
    """
    found = find_by_name(api.read_all(f"/modules/{path_part(module_id)}/views", "views"), view, f"view of {module!r}")
    layout = {"exportType": "TABULAR_MULTI_COLUMN"}
    what = f"view {view!r} of module {module!r}"
    with open_read_request(
        api, f"/views/{path_part(found.needed('id'))}", what, deadline=deadline, json=layout
    ) as rows:
        yield rows
