"""Bounds a call that has no bound of its own."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class DeadlineError(Exception):
    """The call did not end in time."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what a call returns, or give up on it.

    The call runs in a thread of its own: the timeout of `requests` is that of one read
    from the socket, so a server that sends a byte now and then is never too slow
    (https://requests.readthedocs.io/en/latest/user/advanced/#timeouts). A call that is
    given up on ends with the process at the latest.

    Args:
        seconds: Time that the call may take.
        call: What to do.

    Raises:
        DeadlineError: If the call takes longer.
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
        raise DeadlineError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value] # what the call returned
