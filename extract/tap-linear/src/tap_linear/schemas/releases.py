"""Releases: pipelines, their stages, releases, and the issues in each release."""

from __future__ import annotations

from tap_linear.common.columns import (
    boolean,
    date,
    integer,
    number,
    schema,
    string,
    strings,
    timestamp,
)
from tap_linear.schemas.columns import ROW

RELEASE_PIPELINES = schema(
    id=string("UUID of the pipeline."),
    team_ids=strings("Teams that release with it."),
    include_path_patterns=strings("Paths whose commits count; empty for all."),
    name=string("Name."),
    slug_id=string("Last part of the pipeline's URL."),
    type=string(
        "continuous (each sync is a completed release) or scheduled (a started release "
        "collects issues)."
    ),
    url=string("Address."),
    approximate_release_count=integer("About how many releases are not archived."),
    is_production=boolean("It releases to production."),
    auto_generate_release_notes_on_completion=boolean(
        "Linear writes the notes of a completed release."
    ),
    trashed=boolean("In the trash."),
    **ROW,
)

RELEASE_STAGES = schema(
    id=string("UUID of the stage."),
    pipeline_id=string("Pipeline that it belongs to."),
    name=string("Name."),
    type=string("planned, started, completed or canceled."),
    color=string("Color, #RRGGBB."),
    position=number("Place in the pipeline."),
    frozen=boolean("Issues are not added to its releases automatically."),
    **ROW,
)

RELEASES = schema(
    id=string("UUID of the release."),
    pipeline_id=string("Pipeline that it belongs to."),
    stage_id=string("Stage that it is in."),
    creator_id=string("Who created it; null for an automation."),
    name=string("Name."),
    slug_id=string("Last part of the release's URL."),
    version=string("Version, unique in the pipeline."),
    commit_sha=string("Commit that it was made from."),
    description=string("Description, as Markdown."),
    url=string("Address."),
    issue_count=integer("Issues in it that are not archived."),
    trashed=boolean("In the trash."),
    start_date=date("Planned start."),
    target_date=date("Planned end."),
    **ROW,
    started_at=timestamp("When it first entered a started stage."),
    completed_at=timestamp("When it entered a completed stage; null if it left it."),
    canceled_at=timestamp("When it entered a canceled stage; null if it left it."),
    auto_archived_at=timestamp("When it was archived by the workspace's rule."),
)

ISSUE_TO_RELEASES = schema(
    id=string("UUID of the pair."),
    issue_id=string("Issue."),
    release_id=string("Release that it is in."),
    **ROW,
)
