"""Importing this makes `zetasql` compile Google's analyzer once per machine.

The package contains the analyzer as WebAssembly and compiles it in every process, which
takes most of a minute. wasmtime can keep what it compiled, in the user's cache folder.
"""

from __future__ import annotations

import contextlib

from wasmtime import Config, WasmtimeError
from zetasql.core import wasm_client


class CachedConfig(Config):
    """wasmtime's configuration, with its cache."""

    def __init__(self) -> None:
        """Turn the cache on, if there is a folder for it."""
        super().__init__()
        with contextlib.suppress(WasmtimeError):
            self.cache = True


wasm_client.Config = CachedConfig
