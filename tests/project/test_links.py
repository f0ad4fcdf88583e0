"""The documentation points at files that exist."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def test_every_relative_link_of_every_page_resolves(project_root: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=project_root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pages = [project_root / name for name in listed.split("\0") if name]
    links = [
        (page, target)
        for page in pages
        if page.exists()
        for target, _ in LINK.findall(CODE.sub("", page.read_text("utf-8")))
        if "://" not in target and not target.startswith("mailto:")
    ]
    assert len(links) > len(pages)
    broken = [
        f"{page.relative_to(project_root)}: {target}"
        for page, target in links
        if not (page.parent / target).exists()
    ]
    assert broken == []
