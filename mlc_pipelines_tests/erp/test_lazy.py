"""Something that is found out when it is first needed."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.lazy import Lazy


def test_something_is_found_out_once_and_a_failure_again():
    divisors = [0, 1, 5]

    def find() -> int:
        return 5 // divisors.pop(0)

    lazy = Lazy(find)
    with pytest.raises(ZeroDivisionError):
        lazy()
    assert [lazy(), lazy()] == [5, 5]
