"""Bounds a call that has no bound of its own."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return the result of a call that must end in time.

    The call runs in its own thread, because the timeout of `requests` applies to each
    read from the socket: a server that sends single bytes never exceeds it
    (https://requests.readthedocs.io/en/latest/user/advanced/#timeouts). After a
    timeout the thread continues; it ends with the process at the latest.

    Args:
        seconds: Time that the call may take.
        call: What to do.

    Raises:
        TimeoutError: If the call takes longer.
    """
    outcome: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised again below
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except Empty:
        message = f"no result within {seconds:g} s"
        raise TimeoutError(message) from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value] # what the call returned
