"""A model as a whole: status, open, close, versions, time (contract anaplan.md, sections 4 and 8)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from mlc_pipelines.sandbox.anaplan.call import ModelCall, ModelEndpoint
from mlc_pipelines.sandbox.anaplan.envelope import ApiError, json_response
from mlc_pipelines.sandbox.anaplan.spec import VERSIONS

_STEPS = {
    "imports": "Processing import",
    "exports": "Processing export",
    "processes": "Processing process",
    "actions": "Updating",
}


def model_endpoints() -> list[ModelEndpoint]:
    """`.../status`, `.../open`, `.../close`, `.../versions`, `.../currentPeriod`, `.../modelCalendar`."""
    return [
        ModelEndpoint("GET", "/status", _status, waits="never", in_any_state=True),
        ModelEndpoint("POST", "/status", _status, waits="never", in_any_state=True),
        ModelEndpoint("POST", "/open", _open, waits="never", in_any_state=True),
        ModelEndpoint("POST", "/close", _close, waits="never", in_any_state=True),
        ModelEndpoint("GET", "/versions", _versions),
        ModelEndpoint("GET", "/currentPeriod", _current_period),
        ModelEndpoint("GET", "/modelCalendar", _model_calendar),
    ]


async def _status(call: ModelCall) -> Response:
    task = call.model.queue.running
    status: dict[str, Any] = {
        "peakMemoryUsageEstimate": None,
        "peakMemoryUsageTime": None,
        "progress": -1.0,
        "currentStep": "Open" if call.model.is_open else "Closed",
        "tooltip": None,
        "exportTaskType": None,
        "creationTime": int(call.tenant.clock.now().timestamp() * 1000),
        "taskId": None,
    }
    if task is not None:
        status |= {
            "progress": call.model.queue.progress(task),
            "currentStep": _STEPS[task.kind],
            "tooltip": task.action_name,
            "creationTime": task.summary()["creationTime"],
            "taskId": task.id,
        }
    return json_response({"requestStatus": status})


async def _open(call: ModelCall) -> Response:
    _refuse_unavailable(call)
    call.model.is_open = True
    return Response(status_code=200)


async def _close(call: ModelCall) -> Response:
    _refuse_unavailable(call)
    call.model.is_open = False
    return Response(status_code=204)


def _refuse_unavailable(call: ModelCall) -> None:
    if call.model.active_state == "ARCHIVED":
        raise ApiError(422)
    if call.model.active_state in {"MAINTENANCE", "PRODUCTION_MAINTENANCE"}:
        raise ApiError(424)


async def _versions(call: ModelCall) -> Response:
    versions = [
        {
            "id": member.id,
            "name": member.name,
            "isCurrent": False,
            "isActual": member.number == 0,
            "editFrom": {"periodText": "Start of Timescale", "date": "1900-01-01"},
            "editTo": {"periodText": "End of Timescale", "date": "2399-12-31"},
        }
        for member in call.model.state.lists[VERSIONS].members.values()
    ]
    return call.envelope("version", **({"versionMetadata": versions} if versions else {}))


async def _current_period(call: ModelCall) -> Response:
    time = call.model.spec.time
    period = {
        "periodText": call.model.spec.current_period or (time[0] if time else ""),
        "lastDay": "",
        "calendarType": "Calendar Months/Quarters/Years",
    }
    return call.envelope("currentPeriod", currentPeriod=period)


async def _model_calendar(call: ModelCall) -> Response:
    time = call.model.spec.time
    calendar = {
        "calendarType": "Calendar Months/Quarters/Years",
        "periods": {"first": time[0] if time else "", "last": time[-1] if time else ""},
    }
    return call.envelope("modelCalendar", modelCalendar=calendar)
