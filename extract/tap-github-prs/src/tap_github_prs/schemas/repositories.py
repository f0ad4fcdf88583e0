"""Repositories, and the accounts of people."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_github_prs.schemas.columns import (
    BOOLEAN,
    INTEGER,
    STRING,
    TIMESTAMP,
    Table,
    column,
    given,
    listing,
)
from tap_github_prs.schemas.shared import CREATED_AT, NODE_ID, UPDATED_AT, URL

REPOSITORIES = Table(
    "repositories",
    (
        column("id", INTEGER, "GitHub's numeric id", "databaseId"),
        NODE_ID,
        column("name", STRING, "Name without its owner"),
        column("name_with_owner", STRING, "owner/name as it is now"),
        column("owner_id", INTEGER, "Numeric id of the owner", "owner.databaseId"),
        column("owner_login", STRING, "Login of the owner", "owner.login"),
        column("owner_type", STRING, "User or Organization", "owner.__typename"),
        column("description", STRING, "Description"),
        URL,
        column("homepage_url", STRING, "Its home page"),
        column("visibility", STRING, "PUBLIC, PRIVATE or INTERNAL"),
        column(
            "default_branch_name", STRING, "Default branch", "defaultBranchRef.name"
        ),
        column("primary_language", STRING, "Main language", "primaryLanguage.name"),
        column("license_name", STRING, "License", "licenseInfo.name"),
        column("topics", STRING, "Its topics", "repositoryTopics.nodes[].topic.name"),
        column("stargazer_count", INTEGER, "Number of stars"),
        column("fork_count", INTEGER, "Forks"),
        column("disk_usage", INTEGER, "Size in KB"),
        column("is_archived", BOOLEAN, "Archived: the repository is read-only"),
        column("is_disabled", BOOLEAN, "Disabled by GitHub"),
        column("is_empty", BOOLEAN, "Without a commit"),
        column("is_fork", BOOLEAN, "A fork of another repository"),
        column("is_private", BOOLEAN, "Private or internal"),
        column("is_template", BOOLEAN, "A template for others"),
        CREATED_AT,
        UPDATED_AT,
        column("pushed_at", TIMESTAMP, "Last push to any branch"),
        column("archived_at", TIMESTAMP, "When it was archived"),
    ),
)

USERS = Table(
    "users",
    (
        column("id", INTEGER, "GitHub's numeric id", "databaseId"),
        NODE_ID,
        column("login", STRING, "Login; that of a bot does not contain [bot]"),
        column("type", STRING, "User, Bot, Mannequin or Organization", "__typename"),
        column("name", STRING, "Name on the profile"),
        column("email", STRING, "Public e-mail of the profile", "email|otherEmail"),
        given(
            "emails",
            th.ArrayType(STRING),
            "Every e-mail that GitHub returns, lower case: profile, verified "
            "domains of the organization, SAML",
        ),
        listing(
            "memberships",
            "memberships[]",
            "Organizations that the account is a member of, among those read; "
            "empty for a former member",
            column("organization", STRING, "Login of the organization"),
            column("role", STRING, "ADMIN or MEMBER"),
        ),
        column(
            "claimant_id",
            INTEGER,
            "users.id of the account that claimed a mannequin",
            "claimant.databaseId",
        ),
        column("company", STRING, "Company on the profile"),
        column("location", STRING, "Place on the profile"),
        column("website_url", STRING, "Web site on the profile"),
        column("twitter_username", STRING, "Twitter name on the profile"),
        URL,
        column("avatar_url", STRING, "Picture"),
        CREATED_AT,
        UPDATED_AT,
    ),
)
