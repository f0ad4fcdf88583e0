"""The streams, one module per family."""

from __future__ import annotations

from tap_github_prs.streams.check_suites import CheckSuites
from tap_github_prs.streams.children import CHILDREN
from tap_github_prs.streams.commits import Commits
from tap_github_prs.streams.delivery import Deployments, Releases
from tap_github_prs.streams.pull_requests import PullRequests
from tap_github_prs.streams.repositories import Repositories
from tap_github_prs.streams.users import Users

STREAMS = (
    Repositories,
    Users,
    PullRequests,
    *CHILDREN,
    Commits,
    Deployments,
    Releases,
    CheckSuites,
)
"""In the order in which they are read: who acted is known before what they did."""

__all__ = ["STREAMS"]
