"""deployments and releases: lists that GitHub orders by creation only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_github_prs.schemas import DEPLOYMENTS, RELEASES
from tap_github_prs.streams.history import HistoryStream

if TYPE_CHECKING:
    from tap_github_prs.schemas.columns import Table


class Deployments(HistoryStream):
    """deployments, each with its statuses."""

    table: ClassVar[Table] = DEPLOYMENTS
    connection = "deployments"
    listing = "DeploymentListing"
    list_operation = "ListDeployments"
    hydrate_operation = "HydrateDeployments"
    nested: ClassVar[dict[str, str]] = {"statuses": "MoreDeploymentStatuses"}
    unfinished = frozenset({"PENDING", "QUEUED", "WAITING", "IN_PROGRESS"})


class Releases(HistoryStream):
    """releases, each with the commit of its tag."""

    table: ClassVar[Table] = RELEASES
    connection = "releases"
    listing = "ReleaseListing"
    list_operation = "ListReleases"
    hydrate_operation = "HydrateReleases"
