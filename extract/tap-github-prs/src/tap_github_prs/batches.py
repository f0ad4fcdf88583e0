"""How many to ask for at once."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class BatchSize:
    """A size that halves when GitHub refuses and grows back slowly.

    FACTS: a hundred pull requests fail often, fifty sometimes, 25 almost never.

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
