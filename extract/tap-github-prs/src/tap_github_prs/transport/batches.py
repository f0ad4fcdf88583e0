"""How many rows to request at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tap_github_prs.common.page_size import PageSize
from tap_github_prs.transport.errors import TooHeavyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_github_prs.transport.errors import Response

Thing = TypeVar("Thing")


class BatchSize(PageSize):
    """A size that adapts to what GitHub can send at once.

    A page of 100 fails often, 50 sometimes, 25 almost never (docs/apis/github.md).
    """

    def fit(self, send: Callable[[int], Response]) -> tuple[int, Response]:
        """Request as many rows as GitHub can return at once.

        Args:
            send: Requests that many rows; raises TooHeavyError if that is too much.

        Returns:
            How many rows were requested in the end, and the response.

        Raises:
            TooHeavyError: If even one row is too large.
        """
        while True:
            asked = self.value
            try:
                response = send(asked)
            except TooHeavyError:
                if asked == 1:
                    raise
                # Another thread may have shrunk it even more.
                self.value = min(self.value, asked // 2)
            else:
                self.grow()
                return asked, response


def in_batches(
    things: Sequence[Thing],
    size: BatchSize,
    send: Callable[[Sequence[Thing]], Response],
) -> Iterator[tuple[Sequence[Thing], Response]]:
    """Request some objects, in their order.

    Args:
        things: What to request.
        size: How many at once.
        send: Requests some; raises TooHeavyError if they are too many.

    Yields:
        What was requested, and the response.
    """

    def send_first(count: int) -> Response:
        return send(things[:count])

    while things:
        asked, response = size.fit(send_first)
        yield things[:asked], response
        things = things[asked:]
