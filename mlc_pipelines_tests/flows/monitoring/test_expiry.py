"""Certificates that run out: told once at each mark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mlc_pipelines.flows.monitoring.expiry import MARKS, Expiry, newly_due, told_as

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "mark"), [(61, None), (60, 60), (31, 60), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (0, 7), (-3, 7)]
)
def test_the_mark_of_a_day(days: int, mark: int | None):
    assert Expiry("acme", NOW + timedelta(days=days), days).mark == mark


def test_each_mark_is_told_once():
    end, told, days_told = NOW + timedelta(days=90), {}, []
    for day in range(100):
        for expiry in newly_due(iter([Expiry("acme", end, 90 - day)]), told):
            days_told.append(expiry.days)
            told[expiry.tenant] = told_as(expiry)
    assert days_told == list(MARKS) == [60, 30, 14, 7]


def test_tenants_are_told_of_apart():
    near, far = (Expiry(tenant, NOW + timedelta(days=10), 10) for tenant in ("near", "far"))
    assert newly_due(iter([near, far]), {"near": told_as(near)}) == [far]


def test_the_words():
    assert str(Expiry("acme", NOW, 30)) == "The Anaplan certificate of acme runs out in 30 days (2026-03-01)."
    assert str(Expiry("acme", NOW, -1)) == "The Anaplan certificate of acme has run out (2026-03-01)."
