"""How many to ask for at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tap_github_prs.common.page_size import PageSize
from tap_github_prs.transport.errors import TooHeavyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_github_prs.transport.errors import Answer

Thing = TypeVar("Thing")


class BatchSize(PageSize):
    """A size that adapts to what GitHub can answer at once.

    A page of 100 fails often, 50 sometimes, 25 almost never (docs/apis/github.md).
    """

    def fit(self, send: Callable[[int], Answer]) -> tuple[int, Answer]:
        """Ask for as many as GitHub can give at once.

        Args:
            send: Requests that many rows; raises TooHeavyError if that is too much.

        Returns:
            How many were asked for in the end, and the answer.

        Raises:
            TooHeavyError: If one alone is too much.
        """
        while True:
            asked = self.value
            try:
                answer = send(asked)
            except TooHeavyError:
                if asked == 1:
                    raise
                # Another thread may have shrunk it even more.
                self.value = min(self.value, asked // 2)
            else:
                self.grow()
                return asked, answer


def in_batches(
    things: Sequence[Thing],
    size: BatchSize,
    send: Callable[[Sequence[Thing]], Answer],
) -> Iterator[tuple[Sequence[Thing], Answer]]:
    """Ask for all of some things, in their order.

    Args:
        things: What to ask for.
        size: How many at once.
        send: Asks for some; raises TooHeavyError if they are too many.

    Yields:
        What was asked for, and the answer.
    """

    def send_first(count: int) -> Answer:
        return send(things[:count])

    while things:
        asked, answer = size.fit(send_first)
        yield things[:asked], answer
        things = things[asked:]
