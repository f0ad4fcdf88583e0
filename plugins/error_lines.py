#!/usr/bin/env python3
"""Write docs/errors.md: every line that can end a run, read from the code.

    .venv/bin/python plugins/error_lines.py write    write the page
    .venv/bin/python plugins/error_lines.py check    fail if the page is stale

The taps' lines come from their tables of conditions. The other lines are the texts of
the errors that the target, the launcher of dbt and the scripts in orchestrate raise.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "errors.md"
SOURCES = ROOT / "sources.toml"
# Errors of a value become part of a longer line, which is in the list.
PARTS = {
    "AssertionError",
    "InvalidValueError",
    "NotImplementedError",
    "RecursionError",
    "TypeError",
    "ValueError",
}
HEAD = (
    "A failed run ends with one of these lines, and each line says what to do. Words "
    "in braces are replaced with the facts of the run. The exit code is 1 unless a "
    "table says otherwise. `make` and the job `nightly` put the name of the step "
    "before the line: `Linear: the sync failed (exit code 1): …`. "
    "[runbook.md](runbook.md) describes remedies that need more than one step. "
    "`plugins/error_lines.py` generates this page from the code."
)


class Folder(NamedTuple):
    """A program whose errors are listed.

    Attributes:
        title: Its heading.
        path: Its folder in the repository.
    """

    title: str
    path: str


FOLDERS = (
    Folder("target-bigquery", "load/target-bigquery/src"),
    Folder("dbt", "transform/launcher/src"),
    Folder("The pipeline", "orchestrate"),
)


def template(node: ast.expr) -> str | None:
    """Return a text of the code with its facts in braces.

    Args:
        node: A string, or strings that are added.

    Returns:
        The text; None if the expression is something else.
    """
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(_part, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = template(left), template(right)
            return None if None in parts else "".join(filter(None, parts))
    return None


def _part(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=text):
            return str(text)
        # The target's `shown` names the variable that the user wrote.
        case ast.FormattedValue(
            value=ast.Call(func=ast.Name(id="shown"), args=[ast.Constant(value=name)])
        ):
            return f"{{{name!s}}}"
        case ast.FormattedValue(value=value):
            names = [
                each.attr if isinstance(each, ast.Attribute) else each.id
                for each in ast.walk(value)
                if isinstance(each, ast.Attribute | ast.Name)
            ]
            names = [name for name in names if name not in {"self", "repr", "str"}]
            return f"{{{names[0] if names else '…'}}}"
    return "{…}"


def lines_of(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module's errors, in the order of the code.

    Args:
        tree: The module.
    """
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _lines_of(scope)


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    texts: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = template(node.value)
            if text is not None:
                texts.setdefault(node.targets[0].id, []).append(text)
    for node in ast.walk(function):
        for argument in _arguments(node, function.name):
            if isinstance(argument, ast.Name):
                yield from texts.get(argument.id, [])
            elif text := template(argument):
                yield text


def _arguments(node: ast.AST, function: str) -> list[ast.expr]:
    """Return what may be the text of an error, if a statement makes one.

    Args:
        node: A part of a function.
        function: The function's name.
    """
    match node:
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=arguments)):
            return arguments if name.endswith("Error") and name not in PARTS else []
        case ast.Call(func=ast.Attribute(attr="exit"), args=arguments):
            return arguments
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))),
            args=arguments,
        ):
            return arguments if function == "__init__" else []
        case ast.Yield(value=ast.expr() as value):
            return [value] if "problems" in function else []
    return []


def code(line: str) -> str:
    """Return a line as code in a Markdown table.

    Args:
        line: The line. It may contain backticks and vertical bars.
    """
    fence = "``" if "`" in line else "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def of_code(folder: Folder) -> list[str]:
    """Return the rows of a program's table, sorted.

    Args:
        folder: The program.
    """
    found = set()
    for path in sorted((ROOT / folder.path).rglob("*.py")):
        for text in lines_of(ast.parse(path.read_text("utf-8"))):
            line = " ".join(text.split())
            # A text without a blank is a name or a code.
            if " " in line:
                found.add(f"| {code(line)} |")
    return sorted(found, key=str.lower)


def of_tap(module: ModuleType) -> list[str]:
    """Return the rows of a tap's table.

    Args:
        module: Its module of conditions.
    """
    return [
        f"| {each.when} | {code(each.line)} | {each.kept} | {each.exit_code} |"
        for each in module.CONDITIONS
        if each.exit_code
    ]


def page() -> str:
    """Return the whole page."""
    blocks = [f"# Lines that end a run\n\n{HEAD}\n"]
    for source in tomllib.loads(SOURCES.read_text("utf-8")).values():
        title = source["tap"]
        module = import_module(f"{title.replace('-', '_')}.conditions")
        head = "| when | line | what is kept | exit code |\n|---|---|---|---|"
        blocks.append(f"## {title}\n\n{head}\n" + "\n".join(of_tap(module)) + "\n")
    for folder in FOLDERS:
        rows = "\n".join(of_code(folder))
        blocks.append(f"## {folder.title}\n\n| line |\n|---|\n{rows}\n")
    return "\n".join(blocks)


def main() -> int:
    """Write or check the page; returns the exit code."""
    match sys.argv[1:]:
        case ["write"]:
            PAGE.write_text(page(), "utf-8")
            return 0
        case ["check"]:
            if PAGE.is_file() and PAGE.read_text("utf-8") == page():
                return 0
            print("docs/errors.md is stale: run plugins/error_lines.py write")
            return 1
    print("usage: error_lines.py write | check")
    return 2


if __name__ == "__main__":
    sys.exit(main())
