"""Words of the company: titles, descriptions, comments, commit messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from faker import Faker

_VERBS = (
    "Add", "Fix", "Remove", "Speed up", "Document", "Retry", "Validate", "Rework",
    "Cache", "Paginate", "Migrate", "Simplify", "Log", "Translate", "Test", "Throttle",
)  # fmt: skip
_THINGS = (
    "login form", "webhook delivery", "invoice export", "search index", "push alerts",
    "CSV import", "rate limiter", "session cookie", "audit log", "image upload",
    "settings page", "retry queue", "feature flags", "billing emails", "date picker",
    "password reset", "report builder", "address lookup", "job scheduler", "API keys",
)  # fmt: skip
_PLACES = (
    "on mobile", "for guests", "in the admin area", "after sign-up", "behind a proxy",
    "on slow networks", "for large accounts", "in dark mode", "at midnight UTC",
    "when offline", "for archived projects", "in the worker", "during deploys",
)  # fmt: skip
_ODD_TITLES = (
    "Fix utf-8 decoding of uploaded names",
    "Store SHA-256 instead of SHA-1 sums",
    "🚀 Ship the new onboarding",
    "إصلاح اتجاه النص في صفحة الإعدادات",
    "תיקון כיוון הטקסט ברשימה",
    "修复时区换算",
    "Crash 💥 when name contains \u202eRTL override\u202c",
    'Quotes " and \\ backslashes\tin names',
    "ISO-8601 dates in HTTP-2 headers and COVID-19 banner",
    "x",
)
_REMARKS = (
    "LGTM 👍", "Nice!", "nit: naming", "Could we add a test for this?", "Done.",
    "Why not reuse the helper from `utils`?", "This breaks on an empty list.",
    "Good catch, fixed.", "Can we do this in a follow-up?", "+1", "Rebased.",
    "I cannot reproduce this any more.", "Still happens on staging.",
)  # fmt: skip
_FOLDERS = (
    "src", "src/api", "src/models", "web/components", "web/pages", "tests",
    "tests/api", "docs", "deploy", "migrations", "src/jobs", "src/lib",
)  # fmt: skip
_ENDINGS = (".py", ".ts", ".tsx", ".go", ".sql", ".yml", ".md", ".css")
_NOT_A_SLUG = re.compile(r"[^a-z0-9]+")
_LONG = 60_000


@lru_cache(maxsize=8_192)
def slug(text: str) -> str:
    """`text` as Linear puts it into a branch name."""
    return _NOT_A_SLUG.sub("-", text.lower()).strip("-")[:48].strip("-")


def _log(sentence: str) -> str:
    line = f"{sentence} ✓ שלום مرحبا 👩\u200d💻\n"
    return line * (_LONG // len(line.encode()) + 1)


@dataclass(slots=True)
class Texts:
    """Pools of text, made once: rows share their strings."""

    random: Random
    sentences: list[str]
    paragraphs: list[str]
    words: list[str]
    remarks: list[str]
    logs: list[str]

    @classmethod
    def make(cls, faker: Faker, random: Random) -> Texts:
        """Fill the pools from a seeded `faker`."""
        sentences = [faker.sentence(nb_words=9) for _ in range(300)]
        paragraphs = [
            "\n\n".join(random.choices(sentences, k=random.randint(1, 6)))
            for _ in range(300)
        ]
        paragraphs += [
            "## Steps\n\n1. Open the page\n2. Wait\n\n```sh\ncurl -I /health\n```\n"
            + random.choice(sentences)
            for _ in range(40)
        ]
        words = sorted({faker.word() for _ in range(300)})
        remarks = [*_REMARKS, *sentences[:150]]
        logs = [_log(sentence) for sentence in sentences[:3]]
        return cls(random, sentences, paragraphs, words, remarks, logs)

    def _pick(self, texts: Sequence[str]) -> str:
        return texts[int(self.random.random() * len(texts))]

    def title(self) -> str:
        """A title of an issue."""
        if self.random.random() * 40 < 1:
            return self._pick(_ODD_TITLES)
        parts = (self._pick(_VERBS), self._pick(_THINGS), self._pick(_PLACES))
        return " ".join(parts)

    def remark(self) -> str:
        """A short comment."""
        return self._pick(self.remarks)

    def paragraph(self) -> str:
        """A description."""
        return self._pick(self.paragraphs)

    def long(self) -> str:
        """A pasted log: 60 kB of text."""
        return self._pick(self.logs)

    def commit(self, title: str, identifier: str | None) -> str:
        """A commit's message: some contain the issue's identifier, most do not."""
        what = self._pick(
            (title, "wip", "Fix tests", "Review", "Lint", self._pick(_VERBS))
        )
        if identifier is not None and self.random.random() * 4 < 1:
            return f"{what}\n\nRefs {identifier}"
        return f"{what} {self._pick(self.words)}"

    def path(self) -> str:
        """A file of a repository."""
        name = f"{self._pick(self.words)}_{self._pick(self.words)}"
        return f"{self._pick(_FOLDERS)}/{name}{self._pick(_ENDINGS)}"
