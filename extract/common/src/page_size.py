"""How many rows to request at once."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PageSize:
    """A size that halves when the API refuses a page, and grows back slowly.

    Attributes:
        largest: The first size, and the limit, in rows; `limit` changes it.
        growth: Factor of growth after a page that was answered; at least one row.
        value: The size now, in rows, at least 1.
    """

    largest: int
    growth: float = 1.0
    value: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the largest size."""
        self.value = self.largest

    @property
    def shrinkable(self) -> bool:
        """Whether there is a smaller size."""
        return self.value > 1

    def halve(self, requested: int | None = None) -> None:
        """Halve after a refusal.

        Args:
            requested: Rows that were requested, if there were fewer than `value`.
        """
        self.value = max(1, (self.value if requested is None else requested) // 2)

    def limit(self, largest: int) -> None:
        """Set another limit; a size that was not halved follows it.

        Args:
            largest: The new limit, in rows.
        """
        is_full = self.value == self.largest
        self.largest = largest
        self.value = largest if is_full else min(self.value, largest)

    def grow(self) -> None:
        """Grow after a page that was answered."""
        larger = max(self.value + 1, int(self.value * self.growth))
        self.value = min(self.largest, larger)
