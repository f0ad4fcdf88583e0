"""Run by the tests in a process of its own: the target, as its command runs it.

`runpy` gives it `config` and the paths of `source`, `output` and `log`.
"""

from __future__ import annotations

import logging
import os
import sys

from singer_sdk.plugin_base import _ConfigInput

from target_bigquery.target import TargetBigQuery

given = globals()
errors = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.dup2(errors, 2)
logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
sys.stdout = open(given["output"], "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the exit
with open(given["source"], encoding="utf-8") as lines:  # noqa: PTH123 - a pipe
    TargetBigQuery.invoke(config=_ConfigInput(given["config"]), file_input=lines)
