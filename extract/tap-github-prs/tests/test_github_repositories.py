"""Repositories that were renamed, are missing, archived, empty or switched off."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tap_github_prs.common.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]

AT = "2024-05-05T00:00:00Z"


def test_a_renamed_repository_is_followed_and_its_bookmark_with_it(
    host: Host, serve: Serve, caplog: Log
) -> None:
    """A renamed repository is no longer synchronized, without an error.

    https://github.com/Systemorph/MeshWeaver/issues/1856
    """
    repository = host.repository("old")
    host.pull_request(repository, AT)
    reader = serve(host)
    first = reader.run()
    host.world.github.repositories[repository].update(
        name="new", nameWithOwner="ada/new", previousNames=["ada/old"]
    )
    reader.server.refresh()

    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        then = reader.run(first.state)

    (row,) = then.records["repositories"]
    assert row["name_with_owner"] == "ada/new"
    assert "ada/old is now ada/new" in caplog.text
    assert not then.records["pull_requests"]


def test_edited_comments_are_found_in_a_repository_renamed_during_the_run(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("old")
    row = host.pull_request(repository, AT)
    row["comments"] = [host.comment(row)]
    reader = serve(host)
    before = reader.run(reader.run().state)  # knows the ETags
    row["comments"][0] |= {"body": "Edited", "updatedAt": "2999-01-01T00:00:00Z"}
    reader.server.refresh()

    def rename(message: dict[str, Any]) -> None:
        if message["type"] != "RECORD":
            return
        host.world.github.repositories[repository].update(
            name="new", nameWithOwner="ada/new", previousNames=["ada/old"]
        )
        reader.server.refresh()

    then = reader.run(before.state, watch=rename)
    after = reader.run(then.state)

    assert reader.server.stats()["github"]["statuses"]["301"]
    assert [r["body"] for r in then.records["pr_issue_comments"]] == ["Edited"]
    assert after.records["repositories"][0]["name_with_owner"] == "ada/new"


def test_one_repository_under_two_names_is_read_once(host: Host, serve: Serve) -> None:
    repository = host.repository("new", previousNames=["ada/old"])
    host.pull_request(repository, AT)
    output = serve(host).run(repositories=["ada/new", "ada/old", "ada/new"])

    assert len(output.records["repositories"]) == 1
    assert len(output.records["pull_requests"]) == 1


def test_a_missing_repository_is_named_the_others_are_read_and_the_exit_code_is_1(
    host: Host, serve: Serve, caplog: Log
) -> None:
    host.pull_request(host.repository("there"), AT)
    messages: list[dict[str, Any]] = []

    with pytest.raises(TapError, match=r"Not read: repository ada/nowhere"):
        serve(host).run(
            repositories=["ada/nowhere", "ada/there"], watch=messages.append
        )

    assert "Cannot read repository ada/nowhere" in caplog.text
    streams = [m["stream"] for m in messages if m["type"] == "RECORD"]
    assert streams.count("pull_requests") == 1
    # Nothing may be declared deleted on the strength of half a list.
    assert not [m for m in messages if m["type"] == "ACTIVATE_VERSION"]


def test_a_repository_that_was_taken_down_is_named(
    host: Host, serve: Serve, caplog: Log
) -> None:
    host.repository("down", isDisabled=True)
    host.pull_request(host.repository("there"), AT)

    with pytest.raises(TapError, match="ada/down"):
        serve(host).run()
    assert "ada/down" in caplog.text


def test_blocked_repositories_of_an_organization_are_logged_and_the_exit_code_is_0(
    reader: Reader, caplog: Log
) -> None:
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    taken_down = [
        row
        for row in reader.server.world.github.repositories.values()
        if row.get("isDisabled")
    ]
    assert len(taken_down) == 1
    assert "1 of the repositories of" in caplog.text
    assert output.records["pull_requests"]


def test_an_archived_repository_is_read_and_an_empty_one_has_nothing(
    host: Host, serve: Serve
) -> None:
    host.pull_request(host.repository("archived", isArchived=True), AT)
    host.repository("empty", isEmpty=True)

    output = serve(host).run()

    flags = {
        row["name"]: (row["is_archived"], row["is_empty"])
        for row in output.records["repositories"]
    }
    assert flags == {"archived": (True, False), "empty": (False, True)}
    assert len(output.records["pull_requests"]) == 1
    assert not output.records["commits"]


def test_deleted_repositories_show_by_a_version_after_the_rows(
    host: Host, serve: Serve
) -> None:
    host.repository("one")
    output = serve(host).run()
    position = {
        kind: max(
            n
            for n, message in enumerate(output.messages)
            if message["type"] == kind and message.get("stream") == "repositories"
        )
        for kind in ("RECORD", "ACTIVATE_VERSION")
    }
    versions = {
        message["version"]
        for message in output.messages
        if message.get("stream") == "repositories" and "version" in message
    }

    assert position["ACTIVATE_VERSION"] > position["RECORD"]
    assert len(versions) == 1


def test_a_missing_organization_is_named(reader: Reader) -> None:
    with pytest.raises(TapError, match="organization nobody-at-all"):
        reader.run(organizations=["nobody-at-all"])


@pytest.mark.parametrize("name", ["ants", "a/b/c", "https://github.com/a/b", "a b/c"])
def test_a_repository_without_owner_and_name_is_rejected_before_any_request(
    name: str, reader: Reader
) -> None:
    with pytest.raises(TapError, match="not of the form owner/name"):
        reader.run(repositories=[name])
    assert not reader.requests


def test_nothing_to_read_is_refused_before_any_request(reader: Reader) -> None:
    with pytest.raises(TapError, match="set repositories"):
        reader.run(organizations=[])
    assert not reader.requests
