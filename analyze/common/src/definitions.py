"""The definition of each metric, from the section "Definitions" of docs/metrics.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from .settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECTION = "Definitions"


@dataclass(frozen=True)
class Definition:
    """One item of the list; it can define several terms.

    Attributes:
        terms: What it defines, as written, such as `Lead time`.
        html: The item as HTML without `<li>`.
        text: The item as plain text.
    """

    terms: tuple[str, ...]
    html: str
    text: str

    @property
    def anchor(self) -> str:
        """The item's id in a page."""
        return "definition-" + re.sub(r"[^a-z0-9]+", "-", self.terms[0].lower())


class Definitions:
    """Every definition by term; case does not matter."""

    def __init__(self, markdown: str) -> None:
        """Read the list below the heading "Definitions".

        Args:
            markdown: The whole document.
        """
        parser = MarkdownIt("commonmark", {"html": False})
        nodes = SyntaxTreeNode(parser.parse(markdown)).children
        self._by_term: dict[str, Definition] = {}
        for item in _items(nodes):
            tokens = [token for child in item.children for token in child.to_tokens()]
            inlines = [node for node in item.walk() if node.type == "inline"]
            terms = tuple(
                _text(node)
                for inline in inlines
                for node in inline.walk()
                if node.type == "strong"
            )
            if not terms:
                continue
            definition = Definition(
                terms,
                parser.renderer.render(tokens, parser.options, {}).strip(),
                "\n".join(_text(inline) for inline in inlines),
            )
            for term in terms:
                self._by_term.setdefault(term.lower(), definition)

    def __getitem__(self, term: str) -> Definition:
        """Return a term's definition.

        Raises:
            KeyError: If the document does not define it.
        """
        return self._by_term[term.lower()]

    def __contains__(self, term: object) -> bool:
        """Tell whether the document defines a term."""
        return isinstance(term, str) and term.lower() in self._by_term


def read_definitions(path: Path, variable: str) -> Definitions:
    """Read the definitions from a file.

    Args:
        path: The Markdown file.
        variable: The name of the setting that holds the path.

    Raises:
        SettingsError: If the file cannot be read.
    """
    try:
        return Definitions(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        message = f"{variable}: {path} cannot be read ({why})"
        raise SettingsError(message) from None


def _items(nodes: Sequence[SyntaxTreeNode]) -> list[SyntaxTreeNode]:
    """Return the items of the first list below the heading."""
    is_inside = False
    for node in nodes:
        if node.type == "heading":
            is_inside = _text(node.children[0]) == SECTION
        elif is_inside and node.type == "bullet_list":
            return list(node.children)
    return []


def _text(node: SyntaxTreeNode) -> str:
    return "".join(
        " " if part.type in {"softbreak", "hardbreak"} else part.content
        for part in node.walk()
        if part.type in {"text", "code_inline", "softbreak", "hardbreak"}
    )
