"""Download the vendors' published schemas for the contract tests.

    make contracts

The files come from the vendors' own repositories, at the versions below, and are
refused if they differ from the checksums. They are not part of this repository.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import requests

FOLDER = Path(__file__).resolve().parent / "schemas"
RAW = "https://raw.githubusercontent.com"
# File: address and SHA-256. Both are under the MIT license.
SCHEMAS = {
    "github.graphql": (
        f"{RAW}/octokit/graphql-schema/v15.26.1/schema.graphql",
        "3c62d0526d133cee53221c89de9b455ade24db78b9e7ad56d642c4c15bce2654",
    ),
    "linear.graphql": (
        f"{RAW}/linear/linear/8335e09/packages/sdk/src/schema.graphql",
        "b00d24d8d252a306f5e2088267b1a17dd6e4442f8b793928410b8d4673a7081d",
    ),
}
TIMEOUT = 60  # seconds


def main() -> None:
    """Download each schema; exit with 1 if one cannot be had or is another file."""
    FOLDER.mkdir(exist_ok=True)
    for name, (address, checksum) in SCHEMAS.items():
        try:
            response = requests.get(address, timeout=TIMEOUT)
            response.raise_for_status()
        except requests.RequestException as error:
            sys.exit(f"{name}: cannot download {address}: {error}")
        found = hashlib.sha256(response.content).hexdigest()
        if found != checksum:
            sys.exit(f"{name}: {address} has SHA-256 {found}, expected {checksum}")
        (FOLDER / name).write_bytes(response.content)
        print(f"{FOLDER / name}: {len(response.content):,} bytes")


if __name__ == "__main__":
    main()
