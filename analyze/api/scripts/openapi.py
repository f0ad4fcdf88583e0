"""Write the OpenAPI document: `make openapi`.

It depends on the code, on the marts' YAML files and on nothing else: no request is
sent.
"""

from __future__ import annotations

import json
from pathlib import Path

from throughline_api.app import document_of
from throughline_api.cli import analytics_of
from throughline_api.settings import read_api_settings

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "analyze" / "api" / "openapi.json"


def document() -> str:
    """Return the text of openapi.json."""
    settings = read_api_settings(
        {
            "API_PROJECT": "none",
            "API_API_ENDPOINT": "http://127.0.0.1:1",
            "API_ANALYTICS_DATASET": "analytics",
            "API_TRANSFORM_DIR": str(ROOT / "transform"),
            "API_DEFINITIONS": str(ROOT / "docs" / "metrics.md"),
        }
    )
    analytics = analytics_of(settings)
    analytics.warehouse.close()
    found = document_of(analytics)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
