"""What `--check` finds out: two or three requests for each token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_github_prs.access import visible
from tap_github_prs.common import facts
from tap_github_prs.common.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.context import RunContext
    from tap_github_prs.transport.auth import Token

# Only classic tokens have scopes:
# https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
SCOPES = "x-oauth-scopes"
# https://docs.github.com/en/rest/authentication/keeping-your-api-credentials-secure
EXPIRATION = "github-authentication-token-expiration"


def check(run: RunContext) -> Iterator[str]:
    """Ask GitHub whose tokens they are and what each can see.

    Args:
        run: The run.

    Yields:
        One line for each fact.

    Raises:
        TapError: If a token is wrong, or a repository or organization of the settings
            is not visible.
    """
    missing: list[str] = []
    for token in list(run.client.tokens):
        yield from _of_token(run, token)
        for thing, repositories in visible(run, token).items():
            if repositories:
                yield f"{token.name}: {thing}: {repositories:,} visible"
            else:
                missing.append(
                    f"{thing}: nothing is visible with {token.name}: check the name, "
                    "and what the token may read"
                )
    yield facts.clock(run.client.server_time)
    if missing:
        raise TapError(*missing)


def _of_token(run: RunContext, token: Token) -> Iterator[str]:
    response = run.client.graphql("Check", {}, token=token)
    details = [f"belongs to {response.body['data']['viewer']['login']}"]
    for header, words in ((SCOPES, "scopes"), (EXPIRATION, "valid until")):
        if value := response.headers.get(header):
            details.append(f"{words} {value}")
    left, limit = (
        response.headers.get(f"x-ratelimit-{n}") for n in ("remaining", "limit")
    )
    if left and limit:
        details.append(f"{int(left):,} of {int(limit):,} points left in this hour")
    yield f"{token.name}: " + ", ".join(details)
