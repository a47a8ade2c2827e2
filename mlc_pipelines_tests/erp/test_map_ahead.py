"""Calls side by side, answers in order."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlc_pipelines.erp.map_ahead import map_ahead


def test_answers_come_in_order_and_little_is_begun_ahead():
    begun: list[int] = []
    first_may_end = threading.Event()

    def call(number: int) -> int:
        begun.append(number)
        if number == 0:
            assert first_may_end.wait(10)
        if number == 2:
            first_may_end.set()
        return number

    with ThreadPoolExecutor(4) as pool:
        answers = map_ahead(pool, (lambda n=n: call(n) for n in range(1000)), ahead=3)
        assert [next(answers) for _ in range(5)] == [0, 1, 2, 3, 4]
        assert isinstance(answers, Generator)
        answers.close()
    assert len(begun) <= 8


def test_a_failure_comes_in_its_turn():
    with ThreadPoolExecutor(2) as pool:
        answers = map_ahead(pool, iter([lambda: 1, lambda: 1 // 0, lambda: 3]), ahead=2)
        assert next(answers) == 1
        with pytest.raises(ZeroDivisionError):
            next(answers)
