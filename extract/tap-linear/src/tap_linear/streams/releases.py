"""Releases, and the issues that each of them contains.

All of it is read completely in each run: archiving does not move updatedAt for certain,
and an issue that leaves a release leaves no row behind.
"""

from __future__ import annotations

from tap_linear.schemas import releases
from tap_linear.streams.reading import FEW
from tap_linear.streams.whole import WholeStream


class IssueToReleases(WholeStream):
    """Which issue is in which release; the root has no filter."""

    name = "issue_to_releases"
    table = releases.ISSUE_TO_RELEASES
    is_optional = True


class Releases(WholeStream):
    """Releases, archived ones too; of the whole workspace."""

    name = "releases"
    table = releases.RELEASES
    is_optional = True


class ReleaseStages(WholeStream):
    """Stages of each pipeline, of the whole workspace."""

    name = "release_stages"
    table = releases.RELEASE_STAGES
    usual_rows = FEW
    is_optional = True


class ReleasePipelines(WholeStream):
    """Pipelines, of the whole workspace."""

    name = "release_pipelines"
    table = releases.RELEASE_PIPELINES
    usual_rows = FEW
    is_optional = True
