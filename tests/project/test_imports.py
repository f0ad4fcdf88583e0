"""No package has an import cycle, imports for type checking included."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    **{
        path.name: str(path.parent)
        for path in ROOT.glob("extract/tap-*/src/tap_*")
        if path.is_dir()
    },
    "target_bigquery": "load/target-bigquery/src",
    "throughline_api": "analyze/api/src",
    "throughline_page": "analyze/page/src",
    "sandbox": "plugins/utilities/sandbox/src",
}


def modules(source: Path, package: str) -> dict[str, Path]:
    """Return the files of a package by module name."""
    found = {}
    for file in (source / package).rglob("*.py"):
        names = list(file.relative_to(source).with_suffix("").parts)
        if names[-1] == "__init__":
            names.pop()
        found[".".join(names)] = file
    # rglob does not follow a symbolic link to a folder.
    for file in (source / package / "common").glob("*.py"):
        if file.stem != "__init__":
            found[f"{package}.common.{file.stem}"] = file
    return found


def imported(module: str, file: Path) -> Iterator[str]:
    """Yield the names that a module imports anywhere, each with its module's name."""
    inside = module if file.stem == "__init__" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                above = inside.split(".")[: len(inside.split(".")) - node.level + 1]
                origin = ".".join([*above, *filter(None, [origin])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def graph(source: Path, package: str) -> dict[str, set[str]]:
    """Return the modules that each module of a package imports."""
    files = modules(source, package)
    found: dict[str, set[str]] = {}
    for module, file in files.items():
        found[module] = set()
        for name in imported(module, file):
            target = name if name in files else name.rpartition(".")[0]
            if target in files and target != module:
                found[module].add(target)
    return found


def in_a_cycle(imports: dict[str, set[str]]) -> set[str]:
    """Return the modules that import themselves through others."""

    def reachable(start: str) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for target in imports[waiting.pop()] - found:
                found.add(target)
                waiting.append(target)
        return found

    return {module for module in imports if module in reachable(module)}


def without_the_sdks_cycle(package: str, imports: dict[str, set[str]]) -> None:
    """Remove the one cycle that Singer's SDK makes: a stream has its tap."""
    for module, targets in imports.items():
        if module.startswith(f"{package}.streams"):
            targets.discard(f"{package}.tap")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_has_an_import_cycle(package: str) -> None:
    imports = graph(ROOT / PACKAGES[package], package)
    without_the_sdks_cycle(package, imports)

    assert any(imports.values())
    assert in_a_cycle(imports) == set()


def test_an_import_for_type_checking_closes_a_cycle_too(tmp_path: Path) -> None:
    package = tmp_path / "sample"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from .two import B\nA = B\n")
    (package / "two.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from sample.one import A\nB = 1\n"
    )
    (package / "three.py").write_text("import sample.one\n")

    assert in_a_cycle(graph(tmp_path, "sample")) == {"sample.one", "sample.two"}
