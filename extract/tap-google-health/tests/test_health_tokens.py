# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""OAuth tokens: they are renewed, stored, and refused in one line."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def test_a_refresh_token_that_expired_ends_the_run_with_both_causes(
    run: Any, api: Any
) -> None:
    api.oauth.expired = True

    text = run().failing()

    assert text.count("\n") == 0
    assert "If the consent screen is in Testing, a token expires after 7 days" in text
    assert "Without use, it expires after 6 months" in text
    assert "refresh_token" in text


def test_another_client_secret_ends_the_run_with_one_line(run: Any) -> None:
    wrong = {"client_secret": "another-secret"}
    text = run(**wrong).failing()

    assert text.startswith("Error: Google does not accept client_id and client_secret")
    assert "another-secret" not in text


def test_an_access_token_that_expires_in_the_middle_is_renewed(
    run: Any, api: Any, account: Any, requests: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    answer = api.answer

    def expiring(asked: Any) -> Any:
        if asked.path.endswith("dailyRollUp"):
            if not seen:
                api.oauth.expire()
            seen.append(asked.authorization)
        return answer(asked)

    seen: list[str] = []
    api.answer = expiring
    try:
        out = run(None, ("daily_steps",)).sync()
    finally:
        del api.answer
    assert len(out.records("daily_steps")) == 1
    assert seen[0] != seen[1]
    assert requests()["token"] == 2


def test_a_new_refresh_token_without_a_place_stops_before_the_first_data_request(
    run: Any, api: Any, requests: Any
) -> None:
    api.oauth.rotates = True
    tap = run()

    text = tap.failing()

    assert "set token_file to a file that is kept between runs" in text
    assert set(requests()) == {"token"}
    assert tap.out.of("RECORD") == []


def test_a_new_refresh_token_is_stored_before_the_first_data_request_and_used_again(
    run: Any, api: Any, account: Any, tmp_path: Path
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    file = tmp_path / "token.json"
    answer, kept = api.answer, []

    def watched(asked: Any) -> Any:
        if asked.path != "token":
            kept.append(json.loads(file.read_text())["refresh_token"])
        else:
            used.append(asked.body.decode())
        return answer(asked)

    used: list[str] = []
    api.oauth.rotates = True
    api.answer = watched
    try:
        run(None, ("daily_steps",), token_file=str(file)).sync()
        run(None, ("daily_steps",), token_file=str(file)).sync()
    finally:
        del api.answer
    assert kept[0] == "sandbox-refresh-token-1"
    assert "refresh_token=sandbox-refresh-token-1&" in used[1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/", "~nobody-has-this-name/token", "a\0b"])
def test_a_token_file_that_is_no_path_of_a_file_is_one_line(
    run: Any, path: str
) -> None:
    text = run(token_file=path).failing()

    assert "token_file cannot be used (it is not the path of a file)" in text
    assert text.count("\n") == 0


def test_a_token_file_that_cannot_be_written_stops_the_run(
    run: Any, api: Any, requests: Any, tmp_path: Path
) -> None:
    api.oauth.rotates = True

    text = run(token_file=str(tmp_path / "missing" / "token.json")).failing()

    assert "token_file cannot be used (No such file or directory)" in text
    assert "identity" not in requests()
