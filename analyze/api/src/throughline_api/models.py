"""The shapes of the responses. Durations are in hours, times in UTC."""

from datetime import date, datetime

from pydantic import BaseModel, Field

Cursor = Field(
    default=None,
    description="Send it as `cursor` to get the next page; null on the last page.",
)


class Problem(BaseModel):
    """What went wrong, as RFC 9457 describes it."""

    type: str = Field(default="about:blank", description="Always `about:blank`.")
    title: str = Field(description="The name of the status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong and what to do, in one line.")


class MetricDefinition(BaseModel):
    """A metric and what it means. Cite `definition` where you show the metric."""

    name: str = Field(description="The value of the parameter `metric`.")
    title: str = Field(description="The name for people.")
    scope: str = Field(description="What it is about by default: team or repository.")
    scopes: list[str] = Field(description="All that it can be about.")
    unit: str = Field(description="Unit of the value.")
    statistic: str = Field(
        description="What the value is: median, share, rate or count."
    )
    periods: list[str] = Field(description="The periods by which it exists.")
    definition: str = Field(description="What it means.")
    column: str = Field(description="Mart and column that contain it.")
    column_description: str = Field(description="What the column contains.")
    source: str = Field(description="The file that the definition comes from.")


class MetricList(BaseModel):
    """All metrics."""

    metrics: list[MetricDefinition]


class Point(BaseModel):
    """The value of a metric for one subject and period."""

    point_date: date = Field(
        description="First day of the week or month; last day of the 90 days."
    )
    subject: str | None = Field(description="The team's key, or owner/name.")
    subject_id: str = Field(description="Its ID, which a new name does not change.")
    value: float | None = Field(description="Null if there was nothing to measure.")
    p85: float | None = Field(description="85th percentile, where the value is one.")
    n: int | None = Field(
        description="Rows that the median, percentile, share or rate is based on; null"
        " for a count."
    )
    is_complete: bool = Field(description="Whether the period is over.")


class Trend(BaseModel):
    """A metric over time, oldest first."""

    metric: MetricDefinition
    period: str = Field(description="What one point describes.")
    scope: str = Field(description="What the points are about: team or repository.")
    points: list[Point]
    next_cursor: str | None = Cursor


class WaitingItem(BaseModel):
    """Something that waits for somebody."""

    kind: str = Field(description="review_request, stale_pull_request or stuck_issue.")
    reference: str = Field(description="Such as owner/name#12 or ENG-34.")
    title: str | None = Field(description="Its title, written by a user.")
    url: str | None = Field(description="Address of its page.")
    team_key: str | None = Field(description="The team, such as ENG.")
    repository_name: str | None = Field(description="owner/name.")
    waiting_on_type: str = Field(description="person or team.")
    waiting_on: str | None = Field(description="Who has to act; null if nobody has.")
    since: datetime = Field(description="Since when it waits.")
    waiting_hours: float | None = Field(
        description="Hours until the marts were built; for review requests."
    )


class WaitingList(BaseModel):
    """What is waiting now, the longest wait first, with each kind's definition."""

    definitions: dict[str, str] = Field(description="What each kind means.")
    items: list[WaitingItem]
    next_cursor: str | None = Cursor


class Freshness(BaseModel):
    """How new the rows of one mart are."""

    source: str = Field(description="linear or github.")
    mart: str = Field(description="The mart.")
    row_count: int = Field(description="Its rows.")
    newest_at: datetime | None = Field(description="The newest change in it.")
    loaded_at: datetime | None = Field(
        description="When the last good load of its source began; null without a run"
        " history."
    )
    built_at: datetime = Field(description="When it was built.")


class FreshnessList(BaseModel):
    """How new the data is."""

    as_of_date: date | None = Field(description="The last day that the marts cover.")
    marts: list[Freshness]


class Span(BaseModel):
    """A stay of an issue in a state."""

    state_name: str | None
    state_category: str | None
    direction: str | None = Field(description="forward, backward or lateral.")
    hours: float | None = Field(description="Null while it lasts.")
    entered_at: datetime
    left_at: datetime | None


class LinkedPullRequest(BaseModel):
    """A pull request that belongs to an issue."""

    reference: str | None = Field(description="owner/name#12.")
    title: str | None
    url: str | None
    state: str
    link_source: str = Field(description="The strongest place that links them.")
    is_primary: bool
    is_revert: bool | None
    changed_lines: int | None
    opened_at: datetime | None
    first_review_at: datetime | None
    last_approval_at: datetime | None
    merged_at: datetime | None


class Deployment(BaseModel):
    """A deployment to production that contains a pull request of an issue."""

    deployment_id: str
    repository_name: str | None = Field(description="owner/name.")
    environment: str | None = Field(description="Null for releases and merges.")
    deployment_source: str | None = Field(description="deployment, release or merge.")
    state: str | None = Field(description="success, failure, error or unfinished.")
    is_failed: bool | None
    reference: str | None = Field(description="The pull request, as owner/name#12.")
    lead_time_for_changes_hours: float | None = Field(
        description="First commit of the pull request to the end of the deployment."
    )
    deployed_at: datetime | None = Field(description="When the deployment ended.")


class IssuePath(BaseModel):
    """The way of one issue from its creation to production."""

    issue_id: str
    identifier: str | None
    title: str | None = Field(description="Written by a user.")
    url: str | None
    team_key: str | None
    state_name: str | None
    state_category: str | None
    assignee_name: str | None
    lead_time_hours: float | None
    cycle_time_hours: float | None
    reopen_count: int | None
    is_delivered: bool | None
    is_stuck: bool | None
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    start_to_first_commit_hours: float | None
    first_commit_to_open_hours: float | None
    open_to_first_review_hours: float | None
    first_review_to_approval_hours: float | None
    approval_to_merge_hours: float | None
    merge_to_done_hours: float | None
    start_to_merge_hours: float | None
    first_commit_at: datetime | None
    opened_at: datetime | None
    first_review_at: datetime | None
    approved_at: datetime | None
    merged_at: datetime | None
    spans: list[Span] = Field(description="Its states, oldest first.")
    pull_requests: list[LinkedPullRequest] = Field(description="Oldest first.")
    deployments: list[Deployment] | None = Field(
        description="Oldest first; null if the marts of deployments are not built."
    )
    definitions: dict[str, str] = Field(description="What the times mean.")


class Health(BaseModel):
    """The process runs. It does not check BigQuery."""

    status: str = "ok"
