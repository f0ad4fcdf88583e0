"""Calls run in threads, and slots limit how many requests are sent at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from tap_linear.common.concurrency import Slots, Workers


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
