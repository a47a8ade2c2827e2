"""Errors of the instance, and what is asked again."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import BadRequest
from mlc_pipelines_tests.erp.acumatica.conftest import Open
from mlc_pipelines_tests.erp.acumatica.instance import Instance
from mlc_sandbox.faults import Fault, answer


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("OptimizationException", "Optimization cannot be performed.The following fields cause the error:\r\nX: Y"),
        ("OutcomeEntityHasErrorsException", "Operation failed"),
        ("KeyNotFoundException", "The given key was not present"),
    ],
)
def test_what_repeating_does_not_change_is_not_repeated(instance: Instance, open_source: Open, kind: str, text: str):
    error = {"message": "An error has occurred.", "exceptionMessage": text, "exceptionType": f"PX.{kind}"}
    instance.faults.add(Fault("GET", "/Account", answer(500, body=error), times=10))
    with pytest.raises(BadRequest, match=text.split(maxsplit=1)[0]):
        open_source(instance).rows("accounts")
    assert sum(request.path.endswith("/Account") for request in instance.log) == 1
