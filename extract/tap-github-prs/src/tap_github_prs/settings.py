"""The settings: what they are, how they may be written, and what is wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_github_prs.common import settings as common
from tap_github_prs.common.lists import TEXT_OR_LIST
from tap_github_prs.common.variables import fill, setting_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LISTS = ("additional_auth_tokens", "repositories", "organizations")
"""Settings that are lists, and may be written as text."""

API_URL = "https://api.github.com"
APP = ("app_id", "app_private_key", "app_installation_id")

JSON_SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "auth_token",
        th.StringType,
        secret=True,
        title="Token",
        description="Personal access token, or another token that GitHub accepts.",
    ),
    th.Property(
        "additional_auth_tokens",
        TEXT_OR_LIST,
        secret=True,
        title="More tokens",
        description="More tokens, used in turn with the first. A token of another "
        "account has its own rate limit. A list, or text separated by commas.",
    ),
    th.Property(
        "app_id",
        th.StringType,
        title="App ID",
        description="GitHub App ID, instead of or in addition to a token.",
    ),
    th.Property(
        "app_private_key",
        th.StringType,
        secret=True,
        title="App private key",
        description="Private key of the App, PEM. Line breaks may be written as \\n.",
    ),
    th.Property(
        "app_installation_id",
        th.StringType,
        secret=True,
        title="App installation ID",
        description="ID of the installation of the App in the organization.",
    ),
    common.api_url(
        API_URL, "For a GitHub Enterprise Server, it is https://HOST/api/v3."
    ),
    th.Property(
        "repositories",
        TEXT_OR_LIST,
        title="Repositories",
        description="Repositories to sync, as owner/name. A list, or text separated "
        "by commas.",
    ),
    th.Property(
        "organizations",
        TEXT_OR_LIST,
        title="Organizations",
        description="Organizations whose repositories are synced. A list, or text "
        "separated by commas.",
    ),
    common.start_date(),
    common.end_date(),
    common.page_size(default=40, most=100, rows="pull requests"),
    common.max_parallel_requests(default=4, most=100),
    common.lookback_seconds(default=0),
    common.request_timeout(),
    common.max_wait_seconds(),
    common.user_agent(),
).to_dict()

SECRETS = frozenset(
    name for name, each in JSON_SCHEMA["properties"].items() if each.get("secret")
)


def problems(config: Mapping[str, Any], schema_errors: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings, one text per problem.

    Args:
        config: The settings, those of LISTS as lists.
        schema_errors: What the SDK's check against the JSON schema found.

    Returns:
        Texts that name the setting as the user knows it and contain no secret.
    """
    if schema_errors:  # the checks below expect values of the right types
        return [common.in_words(error, SECRETS) for error in schema_errors]
    return [*_of_values(config), *common.problems(config, API_URL)]


def _of_values(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each mistake that a JSON schema cannot see."""
    tokens = [config.get("auth_token"), *(config.get("additional_auth_tokens") or ())]
    secrets = [token.strip() for token in tokens if token]
    if not all(re.fullmatch("[!-~]*", secret) for secret in secrets):
        # Found here, because the error of the header would show the token.
        yield fill(
            "{auth_token} or {additional_auth_tokens}: one contains a space or "
            "another character that no token has; copy it again"
        )
    app = [name for name in APP if config.get(name)]
    if 0 < len(app) < len(APP):
        names = ", ".join(map(setting_name, APP))
        yield f"A GitHub App needs {names}: set all three or none"
    elif not app and not any(secrets):
        yield fill(
            "GitHub requires a token for GraphQL, and without one REST allows only 60 "
            "requests an hour, too few for this tap: set {auth_token} (one without any "
            "scope reads public repositories) or {app_id}, {app_private_key} and "
            "{app_installation_id}"
        )
    repositories = config.get("repositories") or ()
    owners = config.get("organizations") or ()
    wrong = [n for n in repositories if not re.fullmatch(r"[\w.-]+/[\w.-]+", n)]
    if wrong:
        yield fill(
            "{repositories}: {wrong} is not of the form owner/name",
            wrong=", ".join(wrong),
        )
    wrong = [n for n in owners if not re.fullmatch(r"[\w.-]+", n)]
    if wrong:
        yield fill(
            "{organizations}: {wrong} is not the login of an organization; one "
            "repository goes into {repositories}",
            wrong=", ".join(wrong),
        )
    if not repositories and not owners:
        yield fill(
            "Nothing to read: set {repositories} (owner/name) or {organizations}"
        )
