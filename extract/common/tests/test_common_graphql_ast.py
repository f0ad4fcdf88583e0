"""A document is rewritten without what is not kept, and nothing else changes."""

from __future__ import annotations

from graphql import parse, print_ast

from tap_linear.common.graphql_ast import (
    definitions,
    fields,
    prune,
    spreads,
    strip_types,
)

TEXT = """
query Pulls($first: Int!) {
  pulls(first: $first) {
    nodes { ...Pull author { login ... on User { email } } merged: isMerged }
    pageInfo { hasNextPage }
  }
}
fragment Pull on PullRequest { id labels { nodes { ...Label } } }
fragment Label on Label { name }
"""
DEFINITIONS = dict(definitions(TEXT))
PULLS = DEFINITIONS["Pulls"]


def same(text: str) -> str:
    return print_ast(parse(text, no_location=True))


def without(*paths: tuple[str, ...]) -> str:
    return print_ast(prune(PULLS, lambda _, path: path not in paths))


def test_a_field_is_found_by_its_name_in_the_response_and_by_types() -> None:
    found = [path for _, path in fields(PULLS.selection_set)]
    assert ("pulls", "nodes", "merged") in found
    email = ("pulls", "nodes", "author", "...User", "email")
    assert email in found
    assert strip_types(email) == ("pulls", "nodes", "author", "email")


def test_a_field_that_is_not_kept_is_removed_with_everything_below_it() -> None:
    assert without(("pulls", "nodes"), ("pulls", "pageInfo", "other")) == same(
        "query Pulls($first: Int!) "
        "{ pulls(first: $first) { pageInfo { hasNextPage } } }"
    )


def test_an_object_of_which_nothing_is_left_is_removed_too() -> None:
    text = without(
        ("pulls", "pageInfo", "hasNextPage"),
        ("pulls", "nodes", "author", "login"),
        ("pulls", "nodes", "author", "...User", "email"),
    )
    assert text == same(
        "query Pulls($first: Int!) "
        "{ pulls(first: $first) { nodes { ...Pull merged: isMerged } } }"
    )


def test_nothing_may_be_left_of_the_node_itself() -> None:
    pruned = prune(PULLS, lambda *_: False)
    assert pruned.selection_set.selections == ()


def test_a_document_stays_as_it_is_if_everything_is_kept() -> None:
    before = print_ast(PULLS)
    assert print_ast(prune(PULLS, lambda *_: True)) == before
    without(("pulls", "nodes"))
    assert print_ast(PULLS) == before


def test_spreads_are_found_at_any_depth() -> None:
    assert spreads(PULLS) == {"Pull"}
    assert spreads(DEFINITIONS["Pull"]) == {"Label"}
    assert spreads(DEFINITIONS["Label"]) == set()
