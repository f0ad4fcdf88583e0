"""How many to ask for at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tap_github_prs.transport.errors import TooHeavyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_github_prs.transport.errors import Answer

Thing = TypeVar("Thing")


@dataclass(slots=True)
class BatchSize:
    """A size that halves when GitHub refuses and grows back slowly.

    A page of 100 fails often, 50 sometimes, 25 almost never (docs/apis/github.md).

    Attributes:
        largest: The size to begin with and not to exceed.
        value: The size now, at least 1.
    """

    largest: int
    value: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the largest."""
        self.value = self.largest

    @property
    def shrinkable(self) -> bool:
        """Whether there is a smaller size."""
        return self.value > 1

    def halve(self) -> None:
        """Take half, after a refusal."""
        self.value = max(1, self.value // 2)

    def grow(self) -> None:
        """Take one more, after a success."""
        self.value = min(self.largest, self.value + 1)

    def fit(self, send: Callable[[int], Answer]) -> tuple[int, Answer]:
        """Ask for as many as GitHub can give at once.

        Args:
            send: Asks for so many; raises TooHeavyError if that is too much.

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
                if not self.shrinkable:
                    raise
                self.halve()
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
