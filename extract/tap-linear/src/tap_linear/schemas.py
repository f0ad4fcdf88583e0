"""Columns of every stream: name, type, meaning.

The names are those of the documents in queries/ in snake_case, so a column and the
line that asks for it read alike. Only the key is required: plans, scopes and archived
rows leave nearly everything else empty in some workspace. A list is never null.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from singer_sdk import typing as th

Schema = dict[str, Any]


def _column(kind: Any, description: str) -> dict[str, Any]:  # noqa: ANN401 - the SDK's types share no class
    return {"kind": kind, "description": description}


string = partial(_column, th.StringType)
integer = partial(_column, th.IntegerType)
number = partial(_column, th.NumberType)
boolean = partial(_column, th.BooleanType)
timestamp = partial(_column, th.DateTimeType)
date = partial(_column, th.DateType)
json = partial(_column, th.ObjectType(additional_properties=True))
strings = partial(_column, th.ArrayType(th.StringType))
numbers = partial(_column, th.ArrayType(th.NumberType))

ROW = {
    "created_at": timestamp("When the row was created."),
    "updated_at": timestamp("When the row last changed."),
    "archived_at": timestamp("When the row was archived; null while it is not."),
}


def schema(*keys: str, **columns: dict[str, Any]) -> Schema:
    """Turn columns into a JSON schema.

    Args:
        keys: Names of the columns that make the key; `id` if none are given.
        columns: Kind and description by column name, in the order of the table.

    Returns:
        A JSON schema of type object.
    """
    return th.PropertiesList(
        *(
            th.Property(
                name,
                column["kind"],
                required=name in (keys or ("id",)),
                description=column["description"],
            )
            for name, column in columns.items()
        )
    ).to_dict()


ORGANIZATION = schema(
    id=string("UUID of the workspace."),
    name=string("Name of the workspace."),
    url_key=string("Name in the workspace's URLs."),
    previous_url_keys=strings("Names that the URLs had before."),
    logo_url=string("Address of the logo."),
    git_branch_format=string("How branch names are made from an issue."),
    release_channel=string("Which of Linear's releases the workspace runs."),
    pull_request_issue_mode=string("How pull requests without an issue are treated."),
    user_count=integer("Active people."),
    created_issue_count=integer("Issues ever created."),
    customer_count=integer("Customers."),
    fiscal_year_start_month=integer("Month in which the fiscal year starts, from 0."),
    period_upload_volume=number("Megabytes uploaded in the last 30 days."),
    project_update_reminder_frequency_in_weeks=number("Weeks between reminders."),
    git_linkback_messages_enabled=boolean("Private repositories get a link back."),
    git_public_linkback_messages_enabled=boolean("Public ones get a link back."),
    customers_enabled=boolean("Customer requests are on."),
    roadmap_enabled=boolean("Roadmaps are on."),
    saml_enabled=boolean("SAML is on."),
    scim_enabled=boolean("SCIM is on."),
    **ROW,
    deletion_requested_at=timestamp("When deletion of the workspace was requested."),
    trial_starts_at=timestamp("When the trial started."),
    trial_ends_at=timestamp("When the trial ends."),
)

TEAMS = schema(
    id=string("UUID of the team."),
    parent_id=string("Team that this one is part of."),
    active_cycle_id=string("Cycle that runs now."),
    default_issue_state_id=string("State of a new issue."),
    triage_issue_state_id=string("State of an issue in triage."),
    auto_close_state_id=string("State that stale issues are closed to."),
    key=string("Prefix of the team's identifiers, such as ENG."),
    name=string("Name."),
    display_name=string("Name with those of its parents."),
    description=string("What the team is for."),
    color=string("Colour, #RRGGBB."),
    icon=string("Icon."),
    timezone=string("IANA time zone."),
    visibility=string("Who can see the team."),
    issue_estimation_type=string("Scale of estimates; notUsed without estimates."),
    scim_group_name=string("Group of the identity provider."),
    issue_count=integer("Issues that are not archived."),
    cycle_start_day=integer("Day of the week on which cycles start, 0 is Sunday."),
    cycle_duration=number("Weeks that a cycle lasts."),
    cycle_cooldown_time=number("Weeks between cycles."),
    upcoming_cycle_count=integer("Cycles that are planned ahead."),
    auto_archive_period=number("Months after which finished issues are archived."),
    auto_close_period=number("Months after which stale issues are closed."),
    default_issue_estimate=number("Estimate of a new issue."),
    cycles_enabled=boolean("The team works in cycles."),
    cycle_issue_auto_assign_started=boolean("Started issues join the cycle."),
    cycle_issue_auto_assign_completed=boolean("Completed issues join the cycle."),
    cycle_lock_to_active=boolean("Every issue that is worked on is in the cycle."),
    triage_enabled=boolean("New issues from outside wait in triage."),
    require_priority_to_leave_triage=boolean("Triage ends with a priority only."),
    issue_estimation_allow_zero=boolean("An estimate may be 0."),
    issue_estimation_extended=boolean("The scale has its two largest values."),
    inherit_issue_estimation=boolean("Estimates are set up as in the parent."),
    inherit_workflow_statuses=boolean("States are those of the parent."),
    auto_close_parent_issues=boolean("A parent closes with its last child."),
    auto_close_child_issues=boolean("Children close with their parent."),
    all_members_can_join=boolean("Everybody may join."),
    group_issue_history=boolean("Changes close in time are one history entry."),
    scim_managed=boolean("Members come from the identity provider."),
    **ROW,
    retired_at=timestamp("When the team was retired."),
)

TEAM_MEMBERSHIPS = schema(
    id=string("UUID of the membership."),
    team_id=string("Team."),
    user_id=string("Member."),
    sort_order=number("Place of the team in the member's sidebar."),
    owner=boolean("The member owns the team."),
    **ROW,
)

USERS = schema(
    id=string("UUID of the person or app."),
    github_user_id=string("Numeric id of the GitHub account that is connected."),
    name=string("Full name."),
    display_name=string("Name that is shown and mentioned, unique."),
    email=string("E-mail address."),
    initials=string("Initials."),
    title=string("Role, as the person has written it."),
    description=string("What the person says about themselves."),
    timezone=string("IANA time zone."),
    url=string("Address of the profile."),
    avatar_url=string("Address of the picture."),
    disable_reason=string("Why the account is disabled."),
    status_emoji=string("Emoji of the status."),
    status_label=string("Text of the status."),
    created_issue_count=integer("Issues created."),
    active=boolean("False once the account is suspended."),
    admin=boolean("Administrator of the workspace."),
    owner=boolean("Owner of the workspace."),
    guest=boolean("Guest, who sees only some teams."),
    app=boolean("An app, not a person."),
    is_assignable=boolean("Issues can be assigned."),
    is_mentionable=boolean("Can be mentioned."),
    can_access_any_public_team=boolean("Sees every public team."),
    supports_agent_sessions=boolean("An app that works on issues by delegation."),
    **ROW,
    last_seen_at=timestamp("When last online; `lastSeen` in the API."),
    status_until_at=timestamp("When the status ends."),
)

WORKFLOW_STATES = schema(
    id=string("UUID of the state."),
    team_id=string("Team that it belongs to."),
    inherited_from_id=string("State of the parent team that it copies."),
    name=string("Name."),
    type=string(
        "triage, backlog, unstarted, started, completed, canceled or duplicate."
    ),
    description=string("When an issue is in it."),
    color=string("Colour, #RRGGBB."),
    position=number("Place in the workflow."),
    **ROW,
)

ISSUE_LABELS = schema(
    id=string("UUID of the label."),
    team_id=string("Team; null for a label of the whole workspace."),
    parent_id=string("Group that the label is in."),
    creator_id=string("Who created it."),
    retired_by_id=string("Who retired it."),
    inherited_from_id=string("Label of the parent team that it copies."),
    name=string("Name."),
    description=string("What it is for."),
    color=string("Colour, #RRGGBB."),
    is_group=boolean("A group of labels."),
    **ROW,
    last_applied_at=timestamp("When it was last put on an issue."),
    retired_at=timestamp("When it was retired."),
)

PROJECTS = schema(
    id=string("UUID of the project."),
    status_id=string("Status."),
    lead_id=string("Who leads it."),
    creator_id=string("Who created it."),
    converted_from_issue_id=string("Issue that it grew out of."),
    last_applied_template_id=string("Template that was used."),
    team_ids=strings("Teams that work on it."),
    label_ids=strings("Labels."),
    name=string("Name."),
    slug_id=string("Last part of the project's URL."),
    status_name=string("Name of the status."),
    status_type=string("backlog, planned, started, paused, completed or canceled."),
    health=string("onTrack, atRisk or offTrack, by the last update."),
    priority_label=string("Priority in words."),
    description=string("Summary."),
    content=string("Description, as Markdown."),
    icon=string("Icon."),
    color=string("Colour, #RRGGBB."),
    url=string("Address."),
    start_date_resolution=string("How exact start_date is; null for a day."),
    target_date_resolution=string("How exact target_date is; null for a day."),
    frequency_resolution=string("Unit of update_reminder_frequency."),
    slack_channel_id=string("Slack channel."),
    priority=integer("0 none, 1 urgent, 2 high, 3 medium, 4 low."),
    priority_sort_order=number("Place among projects of one priority."),
    sort_order=number("Place in lists."),
    progress=number("Share of the scope that is done, 0 to 1."),
    scope=number("Points in scope, or issues without estimates."),
    update_reminder_frequency=number("How often an update is asked for."),
    scope_history=numbers("Points in scope, one value a week."),
    completed_scope_history=numbers("Points completed, one value a week."),
    in_progress_scope_history=numbers("Points in progress, one value a week."),
    issue_count_history=numbers("Issues in scope, one value a week."),
    completed_issue_count_history=numbers("Issues completed, one value a week."),
    trashed=boolean("In the trash."),
    start_date=date("Planned start."),
    target_date=date("Planned end."),
    **ROW,
    health_updated_at=timestamp("When health was last set."),
    started_at=timestamp("When it started."),
    completed_at=timestamp("When it was completed."),
    canceled_at=timestamp("When it was canceled."),
    auto_archived_at=timestamp("When it was archived by the workspace's rule."),
)

PROJECT_MILESTONES = schema(
    id=string("UUID of the milestone."),
    project_id=string("Project."),
    name=string("Name."),
    description=string("Description, as Markdown."),
    status=string("done, next, overdue or unstarted."),
    progress=number("Share of its issues that is done, 0 to 1."),
    sort_order=number("Place in the project."),
    target_date=date("Planned end."),
    **ROW,
)

INITIATIVES = schema(
    id=string("UUID of the initiative."),
    owner_id=string("Who answers for it."),
    creator_id=string("Who created it."),
    parent_initiative_id=string("Initiative that it is part of."),
    label_ids=strings("Labels."),
    name=string("Name."),
    slug_id=string("Last part of the initiative's URL."),
    status=string("Planned, Active, Completed or Canceled."),
    health=string("onTrack, atRisk or offTrack, by the last update."),
    description=string("Summary."),
    content=string("Description, as Markdown."),
    icon=string("Icon."),
    color=string("Colour, #RRGGBB."),
    url=string("Address."),
    target_date_resolution=string("How exact target_date is; null for a day."),
    frequency_resolution=string("Unit of update_reminder_frequency."),
    priority=integer("0 none, 1 urgent, 2 high, 3 medium, 4 low."),
    priority_sort_order=number("Place among initiatives of one priority."),
    sort_order=number("Place in lists."),
    update_reminder_frequency=number("How often an update is asked for."),
    trashed=boolean("In the trash."),
    target_date=date("Planned end."),
    **ROW,
    health_updated_at=timestamp("When health was last set."),
    started_at=timestamp("When it became active."),
    completed_at=timestamp("When it was completed."),
)

INITIATIVE_TO_PROJECTS = schema(
    id=string("UUID of the pair."),
    initiative_id=string("Initiative."),
    project_id=string("Project that is in it."),
    sort_order=string("Place in the initiative."),
    **ROW,
)

CYCLES = schema(
    id=string("UUID of the cycle."),
    team_id=string("Team."),
    inherited_from_id=string("Cycle of the parent team that it copies."),
    name=string("Name, if it was given one."),
    description=string("Description."),
    number=integer("Number within the team."),
    progress=number("Share of the scope that is done, 0 to 1."),
    scope_history=numbers("Points in scope, one value a day."),
    completed_scope_history=numbers("Points completed, one value a day."),
    in_progress_scope_history=numbers("Points in progress, one value a day."),
    issue_count_history=numbers("Issues in scope, one value a day."),
    completed_issue_count_history=numbers("Issues completed, one value a day."),
    is_active=boolean("Runs now."),
    is_future=boolean("Has not started."),
    is_past=boolean("Has ended."),
    is_next=boolean("Is the next to start."),
    is_previous=boolean("Is the last that ended."),
    **ROW,
    starts_at=timestamp("When it starts."),
    ends_at=timestamp("When it ends."),
    completed_at=timestamp("When it was closed and open issues moved on."),
    auto_archived_at=timestamp("When it was archived by the workspace's rule."),
)

CYCLE_UNCOMPLETED_ISSUES = schema(
    "cycle_id",
    "issue_id",
    cycle_id=string("Cycle that was closed."),
    issue_id=string("Issue that was not completed by then."),
    cycle_updated_at=timestamp("When the cycle had last changed, as it was read."),
)

ISSUES = schema(
    id=string("UUID of the issue."),
    team_id=string("Team."),
    state_id=string("Workflow state."),
    cycle_id=string("Cycle."),
    project_id=string("Project."),
    project_milestone_id=string("Milestone of the project."),
    parent_id=string("Issue that this one is part of."),
    creator_id=string("Who created it; null for bots and outsiders."),
    assignee_id=string("Who works on it."),
    delegate_id=string("App that works on it for the assignee."),
    snoozed_by_id=string("Who snoozed it."),
    external_user_creator_id=string("Outsider who created it."),
    bot_actor_id=string("Bot that created it."),
    source_comment_id=string("Comment that it was created from."),
    last_applied_template_id=string("Template that was used."),
    recurring_issue_template_id=string("Template that creates it again and again."),
    label_ids=strings("Labels."),
    identifier=string("Key that people use, such as ENG-123."),
    previous_identifiers=strings("Keys that it had in other teams."),
    title=string("Title."),
    description=string("Description, as Markdown."),
    branch_name=string("Git branch that Linear suggests."),
    priority_label=string("Priority in words."),
    sla_type=string("Which days count for the SLA: all or onlyBusinessDays."),
    integration_source_type=string("Integration that created it."),
    url=string("Address."),
    number=integer("Number within the team."),
    priority=integer("0 none, 1 urgent, 2 high, 3 medium, 4 low."),
    customer_ticket_count=integer("Customer tickets that are attached."),
    estimate=number("Points."),
    sort_order=number("Place in lists."),
    sub_issue_sort_order=number("Place among the parent's children."),
    priority_sort_order=number("Place among issues of one priority."),
    trashed=boolean("In the trash."),
    due_date=date("Day on which it is due."),
    **ROW,
    started_triage_at=timestamp("When it entered triage."),
    triaged_at=timestamp("When it left triage."),
    started_at=timestamp("When it first entered a started state."),
    completed_at=timestamp("When it was completed."),
    canceled_at=timestamp("When it was canceled."),
    auto_closed_at=timestamp("When it was closed by the team's rule."),
    auto_archived_at=timestamp("When it was archived by the team's rule."),
    added_to_cycle_at=timestamp("When it joined its cycle."),
    added_to_project_at=timestamp("When it joined its project."),
    added_to_team_at=timestamp("When it joined its team."),
    snoozed_until_at=timestamp("Until when it is out of triage's sight."),
    sla_started_at=timestamp("When the SLA's clock started."),
    sla_medium_risk_at=timestamp("When the SLA comes to medium risk."),
    sla_high_risk_at=timestamp("When the SLA comes to high risk."),
    sla_breaches_at=timestamp("When the SLA is breached."),
)

ISSUE_HISTORY = schema(
    id=string("UUID of the entry."),
    issue_id=string("Issue."),
    actor_id=string("Who made the change; null for bots."),
    bot_actor_id=string("Bot that made the change."),
    from_assignee_id=string("Assignee before."),
    to_assignee_id=string("Assignee after."),
    from_delegate_id=string("Delegate before."),
    to_delegate_id=string("Delegate after."),
    from_state_id=string("State before."),
    to_state_id=string("State after."),
    from_cycle_id=string("Cycle before."),
    to_cycle_id=string("Cycle after."),
    from_project_id=string("Project before."),
    to_project_id=string("Project after."),
    from_project_milestone_id=string("Milestone before."),
    to_project_milestone_id=string("Milestone after."),
    from_team_id=string("Team before."),
    to_team_id=string("Team after."),
    from_parent_id=string("Parent before."),
    to_parent_id=string("Parent after."),
    to_converted_project_id=string("Project that the issue was turned into."),
    attachment_id=string("Attachment that was linked or unlinked."),
    customer_need_id=string("Customer request that was linked."),
    added_label_ids=strings("Labels that were put on."),
    removed_label_ids=strings("Labels that were taken off."),
    added_to_release_ids=strings("Releases that it joined."),
    removed_from_release_ids=strings("Releases that it left."),
    from_title=string("Title before."),
    to_title=string("Title after."),
    from_sla_type=string("SLA's kind before."),
    to_sla_type=string("SLA's kind after."),
    from_priority=integer("Priority before."),
    to_priority=integer("Priority after."),
    from_estimate=number("Points before."),
    to_estimate=number("Points after."),
    archived=boolean("Archived (true) or restored (false)."),
    trashed=boolean("Put into the trash (true) or taken out (false)."),
    auto_archived=boolean("Archived by the team's rule."),
    auto_closed=boolean("Closed by the team's rule."),
    updated_description=boolean("The description changed."),
    triage_responsibility_auto_assigned=boolean("Assigned by triage's rota."),
    from_sla_breached=boolean("SLA was breached before."),
    to_sla_breached=boolean("SLA was breached after."),
    from_due_date=date("Due date before."),
    to_due_date=date("Due date after."),
    **ROW,
    from_sla_started_at=timestamp("SLA's start before."),
    to_sla_started_at=timestamp("SLA's start after."),
    from_sla_breaches_at=timestamp("SLA's end before."),
    to_sla_breaches_at=timestamp("SLA's end after."),
)

ISSUE_STATE_SPANS = schema(
    id=string("UUID of the span."),
    issue_id=string("Issue."),
    state_id=string("State that the issue was in."),
    started_at=timestamp("When it entered the state."),
    ended_at=timestamp("When it left the state; null while it is in it."),
)

ISSUE_RELATIONS = schema(
    id=string("UUID of the relation."),
    issue_id=string("Issue."),
    related_issue_id=string("The other issue."),
    type=string("blocks, duplicate, related or similar: issue_id does it."),
    **ROW,
)

COMMENTS = schema(
    id=string("UUID of the comment."),
    issue_id=string("Issue; null for a comment on something else."),
    project_id=string("Project."),
    project_update_id=string("Project update."),
    initiative_id=string("Initiative."),
    initiative_update_id=string("Initiative update."),
    document_content_id=string("Document."),
    parent_id=string("Comment that this one answers."),
    user_id=string("Who wrote it; null for bots and outsiders."),
    external_user_id=string("Outsider who wrote it."),
    bot_actor_id=string("Bot that wrote it."),
    resolving_user_id=string("Who resolved the thread."),
    resolving_comment_id=string("Comment that resolved the thread."),
    body=string("Text, as Markdown."),
    quoted_text=string("Text that it is about."),
    url=string("Address."),
    **ROW,
    edited_at=timestamp("When the text was last edited."),
    resolved_at=timestamp("When the thread was resolved."),
)

ATTACHMENTS = schema(
    id=string("UUID of the attachment."),
    issue_id=string("Issue."),
    original_issue_id=string("Issue that it was first attached to."),
    creator_id=string("Who attached it; null for integrations."),
    external_user_creator_id=string("Outsider who attached it."),
    title=string("Title."),
    subtitle=string("Subtitle."),
    url=string("Address that it links to: the key of an attachment in an issue."),
    source_type=string("Where it comes from, such as github."),
    group_by_source=boolean("Shown together with others of its source."),
    metadata=json("What the source told; for github the pull request's state."),
    source=json("Source, such as the Slack message."),
    **ROW,
)

ISSUE_INDEX = schema(
    id=string("UUID of an issue that exists."),
    trashed=boolean("In the trash."),
    **ROW,
)
