"""The folders of the package depend on each other in one direction."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import target_bigquery

SOURCE = Path(target_bigquery.__file__).parent


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


MODULES = {
    _name(path): path for path in SOURCE.rglob("*.py") if path.stem != "__init__"
}


def _imports(path: Path) -> set[str]:
    """Return the package's modules that a module imports, also for type checks."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return found & MODULES.keys()


def _package(module: str) -> str:
    """Return the folder of a module, or the module itself at the top."""
    return module.split(".")[1]


def test_no_folders_import_each_other() -> None:
    imports = {name: _imports(path) for name, path in MODULES.items()}
    assert "target_bigquery.commits.sink" in imports["target_bigquery.target"]
    packages: dict[str, set[str]] = {}
    for name, found in imports.items():
        others = {_package(other) for other in found} - {_package(name)}
        packages.setdefault(_package(name), set()).update(others)
    TopologicalSorter(packages).prepare()
