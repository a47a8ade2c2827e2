"""The pinned endpoint: whether the instance has it (docs/vendors/acumatica.md, section 3)."""

from __future__ import annotations

from typing import Any

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.errors import ConfigurationError, DataError, Unavailable
from mlc_pipelines.http import HttpClient, read_json


def check_endpoint(http: HttpClient, connection: AcumaticaConnection) -> str:
    """Find the endpoint of the connection in the instance's list.

    Returns:
        The instance's build, empty where it does not say.

    Raises:
        ConfigurationError: it is not there; lists what is.
    """
    pinned = (connection.endpoint, connection.version)
    build, there = _listed(http, connection)
    if pinned not in (there or ()):
        # A session that has ended is shown the system's endpoints only, or nothing. Below the endpoint it is refused,
        # whatever the path, and then replaced.
        http.request("GET", f"{connection.address}/Account/$adHocSchema", accept={403, 404, 500})
        build, there = _listed(http, connection)
    # An instance that shows its list to nobody refuses the first read when the endpoint is missing.
    if there is not None and pinned not in there:
        raise ConfigurationError(
            f"{connection.base_url} has no endpoint {connection.endpoint} {connection.version}."
            f" There are: {', '.join(' '.join(each) for each in sorted(there)) or 'none'}.",
            hint="Write one of them as endpoint and version.",
        )
    return build


def _listed(http: HttpClient, connection: AcumaticaConnection) -> tuple[str, set[tuple[str, str]] | None]:
    """The build, and names and versions of the endpoints; None where they are not shown."""
    response = http.request("GET", "/entity", accept={401, 404})
    if response.status_code == 401:
        return "", None
    try:
        answer: Any = read_json(response)
        # Older builds give the bare list.
        rows, version = (answer["endpoints"], answer.get("version")) if isinstance(answer, dict) else (answer, None)
        there = {(str(row["name"]), str(row["version"])) for row in rows}
        return str(version.get("acumaticaBuildVersion", "")) if version else "", there
    except (Unavailable, DataError, KeyError, TypeError, AttributeError) as error:
        raise (Unavailable if isinstance(error, Unavailable) else DataError)(
            f"{connection.base_url}/entity answered without a list of endpoints.",
            hint="Check base_url: it is the instance's, with its path.",
        ) from None
