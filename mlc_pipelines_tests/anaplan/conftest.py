from collections.abc import Iterator

import pytest

from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock


@pytest.fixture(scope="session")
def running_vendor() -> Iterator[ScriptedVendor]:
    with ScriptedVendor() as server:
        yield server


@pytest.fixture
def vendor(running_vendor: ScriptedVendor) -> ScriptedVendor:
    running_vendor.answers.clear()
    running_vendor.faults.clear()
    running_vendor.log.clear()
    return running_vendor


@pytest.fixture
def clock() -> TestClock:
    return TestClock()
