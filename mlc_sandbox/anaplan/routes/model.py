"""A model as a whole: status, open, close, versions, time (docs/vendors/anaplan.md, sections 4 and 8)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from mlc_sandbox.anaplan.routes.call import ModelCall, ModelEndpoint
from mlc_sandbox.anaplan.routes.envelope import ApiError, json_response
from mlc_sandbox.anaplan.spec.model import VERSIONS

_CALENDAR_TYPE = "Calendar Months/Quarters/Years"
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
    return call.envelope("currentPeriod", currentPeriod=_period(call) | {"calendarType": _CALENDAR_TYPE})


def _period(call: ModelCall) -> dict[str, str]:
    spec = call.model.spec
    return {"periodText": spec.current_period or next(iter(spec.time), ""), "lastDay": spec.fiscal_year[2]}


async def _model_calendar(call: ModelCall) -> Response:
    year, start, end = call.model.spec.fiscal_year
    calendar = {
        "calendarType": _CALENDAR_TYPE,
        "currentPeriod": _period(call),
        "fiscalYear": {"year": year, "startDate": start, "endDate": end},
        "pastYearsCount": 0,
        "futureYearsCount": 0,
        "totalsSelection": {
            "quarterTotals": False,
            "halfYearTotals": False,
            "yearToDateSummary": False,
            "yearToGoSummary": False,
            "totalOfAllPeriods": False,
        },
    }
    return call.envelope("modelCalendar", modelCalendar=calendar)
