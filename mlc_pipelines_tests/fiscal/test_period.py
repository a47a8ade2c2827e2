"""A period's label in the model's words."""

from __future__ import annotations

import pytest

from mlc_pipelines.fiscal import (
    month_periods,
)


def test_labels_are_in_english_and_know_fiscal_years() -> None:
    may = month_periods([2026], start_month=7)[10]
    assert may.label("%b %y") == "May 26"
    assert may.label("%B %Y") == "May 2026"
    assert may.label("Period %P FY%f / FY%F 100%%") == "Period 11 FY26 / FY2026 100%"
    assert month_periods([2026], start_month=7)[0].label("%b %y FY%f") == "Jul 25 FY26"


@pytest.mark.parametrize("template", ["%Q", "%", "100%%", "Actual", ""])
def test_labels_that_say_nothing_or_something_unknown_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match="label"):
        month_periods([2026])[0].label(template)
