"""Reject words that a reader would have to translate.

    .venv/bin/python plugins/words.py

docs/word-list.toml maps each rejected phrase to the words to use instead. The check
reads every text file that git knows, except generated and vendored ones.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORDS = Path("docs/word-list.toml")
SUFFIXES = {".md", ".py", ".sql", ".toml", ".yaml", ".yml", ".sh", ""}


def main() -> None:
    """Print each rejected phrase with its place; exit with 1 if there is one."""
    table = tomllib.loads((ROOT / WORDS).read_text("utf-8"))
    instead = {phrase.lower(): better for phrase, better in table["instead"].items()}
    # A phrase may continue on the next line.
    phrases = (r"\s+".join(map(re.escape, phrase.split())) for phrase in instead)
    pattern = re.compile(rf"\b({'|'.join(phrases)})\b", re.IGNORECASE)
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603 - git
    found = 0
    for name in names.decode().split("\0"):
        path = ROOT / name
        skipped = name == str(WORDS) or name.startswith(tuple(table["skip"]))
        if skipped or path.suffix not in SUFFIXES or not path.is_file():
            continue
        text = path.read_text("utf-8")
        for match in pattern.finditer(text):
            found += 1
            line = text.count("\n", 0, match.start()) + 1
            phrase = " ".join(match[0].split())
            print(f"{name}:{line}: '{phrase}': {instead[phrase.lower()]}")
    if found:
        sys.exit(f"{found} rejected phrases; {WORDS} explains them.")


if __name__ == "__main__":
    main()
