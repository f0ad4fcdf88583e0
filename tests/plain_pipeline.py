"""The pipeline with a Meltano that prints its arguments and its variables."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "orchestrate"
NAMES = tomllib.loads((SCRIPTS.parent / "sources.toml").read_text("utf-8"))
PRINTS_ITS_VARIABLES = (
    "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
)


def pipeline(
    folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the pipeline of a checkout with a Meltano that prints its variables."""
    process = start(folder, PRINTS_ITS_VARIABLES, *arguments, **variables)
    output, _ = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output)


def start(
    folder: Path, code: str, *arguments: str, **variables: str
) -> subprocess.Popen[str]:
    """Start the pipeline of a checkout with a Meltano that is a Python script."""
    meltano = folder / ".venv" / "bin" / "meltano"
    meltano.parent.mkdir(parents=True)
    meltano.write_text(f"#!{sys.executable} -S\n{code}")
    meltano.chmod(0o755)
    python = meltano.with_name("python")  # a link would not find its libraries
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (folder / "orchestrate").mkdir()
    for script in (*SCRIPTS.glob("*.py"), SCRIPTS.parent / "sources.toml"):
        place = "." if script.suffix == ".toml" else "orchestrate"
        (folder / place / script.name).write_text(script.read_text("utf-8"), "utf-8")
    return subprocess.Popen(
        [sys.executable, folder / "orchestrate" / "pipeline.py", *arguments],
        env={
            "PATH": os.environ["PATH"],
            **{f"PIPELINE_{name.upper()}_DATASET": name for name in NAMES},
            "THROUGHLINE_TIDIED": "1",
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
