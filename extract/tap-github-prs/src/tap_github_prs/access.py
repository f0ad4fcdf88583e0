"""Several tokens: whether one sees less than another, found out before the first row.

What a token cannot see does not exist for GitHub. A pull request that one token has
listed would be not found with another, and a list would be short without an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.conditions import TOKEN_SEES_LESS, TOKENS_DIFFER
from tap_github_prs.transport.partial import expecting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.context import RunContext
    from tap_github_prs.transport.auth import Token

AT_ONCE = 50
MOST_NAMED = 5


def compare_tokens(run: RunContext) -> None:
    """Leave out every token that sees less than the one that sees the most.

    One request a token for 50 names; none where there is only one token.
    """
    tokens = list(run.client.tokens)
    if len(tokens) == 1:
        return
    seen = {id(token): visible(run, token) for token in tokens}
    tokens = [token for token in tokens if token in list(run.client.tokens)]
    most = {
        thing: max(seen[id(token)].get(thing, 0) for token in tokens)
        for token in tokens
        for thing in seen[id(token)]
    }

    def missed(token: Token) -> list[str]:
        return [
            thing for thing, number in most.items() if seen[id(token)][thing] < number
        ]

    best = min(tokens, key=lambda token: len(missed(token)))
    for token in tokens:
        things = missed(token)
        if token is best or not things:
            continue
        run.client.tokens.drop(token)
        run.report(
            TOKEN_SEES_LESS, token=token.name, other=best.name, things=_named(things)
        )
    if things := missed(best):
        run.repository_list.is_complete = False
        run.report(TOKENS_DIFFER, token=best.name, things=_named(things))


def visible(run: RunContext, token: Token) -> dict[str, int]:
    """Return what a token can see of each name in the settings.

    Args:
        run: The run.
        token: The token.

    Returns:
        The number of visible repositories by `repository NAME` or `all repositories of
        ORGANIZATION`; 0 if nothing is visible.
    """
    found: dict[str, int] = {}
    for operation, names in (
        ("SeenRepositories", run.config["repositories"]),
        ("SeenOrganizations", run.config["organizations"]),
    ):
        for start in range(0, len(names), AT_ONCE):
            asked = names[start : start + AT_ONCE]
            found |= dict.fromkeys(map(_thing, asked), 0)
            try:
                with expecting():
                    found |= dict(_ask(run, token, operation, asked))
            except UnreadableError as error:
                run.logger.warning("Cannot compare the tokens: %s", error)
    return found


def _ask(
    run: RunContext, token: Token, operation: str, names: list[str]
) -> Iterator[tuple[str, int]]:
    """Yield what a token sees of some names, and how many repositories that is."""
    variables: dict[str, str] = {}
    for n, name in enumerate(names):
        owner, _, short = name.partition("/")
        variables |= {f"owner{n}": owner, f"name{n}": short}
    response = run.client.graphql(operation, variables, times=len(names), token=token)
    for n, name in enumerate(names):
        node: dict[str, Any] | None = response.body["data"][f"r{n}"]
        if node is not None:
            number = (node.get("repositories") or {}).get("totalCount", 1)
            yield _thing(name), number


def _thing(name: str) -> str:
    return f"repository {name}" if "/" in name else f"all repositories of {name}"


def _named(things: list[str]) -> str:
    more = len(things) - MOST_NAMED
    named = ", ".join(things[:MOST_NAMED])
    return named + (f" and {more} more" if more > 0 else "")
