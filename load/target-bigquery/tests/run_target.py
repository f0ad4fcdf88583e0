"""Run by the tests in a process of its own: the target, as its command runs it.

`runpy` gives it `config`, `source` (a path) and `sink` (a file descriptor's path).
"""

from __future__ import annotations

import logging
import os
import sys

from singer_sdk.plugin_base import _ConfigInput

from target_bigquery.target import TargetBigQuery

config: dict
source: str
output: str
log: str

errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.dup2(errors, 2)
logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
sys.stdout = open(output, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the exit
with open(source, encoding="utf-8") as lines:  # noqa: PTH123 - may be a pipe
    TargetBigQuery.invoke(config=_ConfigInput(config), file_input=lines)
