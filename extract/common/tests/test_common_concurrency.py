"""Calls run in threads, and slots limit how many requests are sent at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tap_linear.common.concurrency import Ahead, Slots, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_calls_run_at_the_same_time_up_to_the_number_of_workers() -> None:
    both = threading.Barrier(2)
    workers = Workers(2)

    futures = [workers.submit(both.wait, 10) for _ in range(4)]

    assert sorted(future.result(10) for future in futures) == [0, 0, 1, 1]
    workers.close()


def test_an_exception_of_a_call_is_raised_by_its_future_and_ends_no_worker() -> None:
    workers = Workers(1)
    failing = workers.submit(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        failing.result(10)
    assert workers.submit(int, "7").result(10) == 7
    workers.close()


def test_a_process_ends_although_a_call_still_waits() -> None:
    script = (
        "import time\n"
        "from tap_linear.common.concurrency import Workers\n"
        "workers = Workers(2)\n"
        "workers.submit(time.sleep, 600)\n"
        "workers.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)

    assert done.returncode == 0


def most_at_once(slots: Slots, calls: int) -> int:
    """Return how many of some calls held a slot at the same time."""
    seen: list[int] = []
    held = 0
    lock = threading.Lock()

    def call() -> None:
        nonlocal held
        with slots.one():
            with lock:
                held += 1
                seen.append(held)
            time.sleep(0.02)
            with lock:
                held -= 1

    threads = [threading.Thread(target=call) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(seen)


def test_slots_are_used_up_to_the_limit_and_only_one_after_narrowing() -> None:
    slots = Slots(3)

    assert most_at_once(slots, 8) == 3
    assert slots.narrow()
    assert most_at_once(slots, 4) == 1
    assert not slots.narrow()  # it is logged once


def test_items_are_read_before_they_are_needed_up_to_a_limit() -> None:
    read: list[int] = []
    is_full = threading.Event()

    def items() -> Iterator[int]:
        for number in range(10):
            read.append(number)
            if number == 2:
                is_full.set()
            yield number

    ahead = Ahead(items(), 3)

    assert is_full.wait(10)
    assert read == [0, 1, 2]
    assert list(ahead) == list(range(10))


def test_an_exception_of_an_iterator_is_raised_after_the_items_before_it() -> None:
    ahead = Ahead((10 // number for number in (2, 1, 0)), 9)
    found: list[int] = []

    with pytest.raises(ZeroDivisionError):
        found.extend(ahead)
    assert found == [5, 10]


def test_after_closing_nothing_more_is_read() -> None:
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10):
            read.append(number)
            yield number

    ahead = Ahead(numbers(), 2)
    iterator = iter(ahead)
    next(iterator)

    ahead.close()
    rest = len(list(iterator))

    assert rest + 1 == len(read) <= 4
