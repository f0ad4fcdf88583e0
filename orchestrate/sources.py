"""The sources that the pipeline knows: the one table that the runner reads."""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """One system that is read into one dataset.

    Attributes:
        title: Its name in messages.
        tap: The Meltano extractor of the nightly sync.
        credentials: Variables that hold a credential, the usual one first. A source
            is configured when one of them is set.
        dataset: The variable in which Meltano passes the name of its dataset.
        reconcile: The Meltano extractor that looks for deleted rows, if there is one.
    """

    title: str
    tap: str
    credentials: tuple[str, ...]
    dataset: str
    reconcile: str | None = None


SOURCES = (
    Source(
        title="Linear",
        tap="tap-linear",
        credentials=(
            "LINEAR_API_KEY",
            "TAP_LINEAR_API_KEY",
            "TAP_LINEAR_ACCESS_TOKEN",
            "LINEAR_CLIENT_ID",
            "TAP_LINEAR_CLIENT_ID",
        ),
        dataset="PIPELINE_LINEAR_DATASET",
        reconcile="tap-linear--reconcile",
    ),
    Source(
        title="GitHub",
        tap="tap-github-prs",
        credentials=(
            "GITHUB_TOKEN",
            "TAP_GITHUB_PRS_AUTH_TOKEN",
            "TAP_GITHUB_PRS_ADDITIONAL_AUTH_TOKENS",
            "TAP_GITHUB_PRS_APP_ID",
        ),
        dataset="PIPELINE_GITHUB_DATASET",
    ),
)
