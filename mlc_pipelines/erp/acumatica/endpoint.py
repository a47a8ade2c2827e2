"""The pinned endpoint: whether the instance has it (contract acumatica.md, section 3)."""

from __future__ import annotations

from typing import Any, cast

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.errors import ConfigurationError, Unavailable
from mlc_pipelines.http import HttpClient


def check_endpoint(http: HttpClient, connection: AcumaticaConnection) -> str:
    """Find the endpoint of the connection in the instance's list.

    Returns:
        The instance's build, empty where it does not say.

    Raises:
        ConfigurationError: it is not there; lists what is.
    """
    try:
        answer: Any = http.request("GET", "/entity").json()
        # Older builds give the bare list.
        listed: list[dict[str, Any]] = answer["endpoints"] if isinstance(answer, dict) else answer
        there = sorted({(str(each["name"]), str(each["version"])) for each in listed})
    except (ValueError, KeyError, TypeError):
        raise Unavailable(
            f"{connection.base_url}/entity answered without a list of endpoints.",
            hint="Check base_url: it is the instance's, with its path.",
        ) from None
    if (connection.endpoint, connection.version) not in there:
        raise ConfigurationError(
            f"{connection.base_url} has no endpoint {connection.endpoint} {connection.version}."
            f" There are: {', '.join(' '.join(each) for each in there) or 'none'}.",
            hint="Write one of them as endpoint and version.",
        )
    if not isinstance(answer, dict):
        return ""
    version = cast("dict[str, Any]", answer).get("version")
    return str(cast("dict[str, Any]", version).get("acumaticaBuildVersion", "")) if isinstance(version, dict) else ""
