"""Customers, and what they ask for."""

from __future__ import annotations

from tap_linear.common.columns import integer, number, schema, string, strings
from tap_linear.schemas.columns import ROW

CUSTOMERS = schema(
    id=string("UUID of the customer."),
    owner_id=string("Who is responsible for it."),
    status_id=string("Status."),
    tier_id=string("Tier."),
    main_source_id=string("The external ID that counts, if there are several."),
    slack_channel_id=string("Slack channel."),
    external_ids=strings("IDs of the customer in other systems, such as a CRM."),
    domains=strings("Domains of the customer's e-mail addresses."),
    name=string("Name."),
    slug_id=string("Last part of the customer's URL."),
    status_name=string("Name of the status."),
    tier_name=string("Name of the tier."),
    logo_url=string("Address of the logo."),
    url=string("Address."),
    approximate_need_count=integer("About how many requests it has."),
    revenue=integer("Revenue of a year, in the workspace's currency."),
    size=number("Employees or seats."),
    **ROW,
)

CUSTOMER_NEEDS = schema(
    id=string("UUID of the request."),
    customer_id=string("Customer; null while it is not known."),
    issue_id=string("Issue; null for a request about a project."),
    original_issue_id=string("Issue that it was first added to, if it was moved."),
    project_id=string("Project, also that of the issue."),
    comment_id=string("Comment that it came from."),
    attachment_id=string("Attachment that it came from."),
    creator_id=string("Who added it; null for an integration."),
    url=string("Address of the source."),
    priority=integer("1 important, 0 not."),
    **ROW,
)
