from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import private

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_token_replaces_its_own_line_in_env_and_no_other(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("A=1\nSANDBOX_TOKEN=old\n# b\nNOT_SANDBOX_TOKEN=kept")
    private.hand_out("new", env_file)
    assert env_file.read_text() == (
        "A=1\nSANDBOX_TOKEN=new\n# b\nNOT_SANDBOX_TOKEN=kept"
    )
    env_file.write_text("A=1")
    private.hand_out("new", env_file)
    assert env_file.read_text() == "A=1\nSANDBOX_TOKEN=new\n"


def test_a_new_env_is_its_users_own_and_an_old_one_keeps_its_mode_and_its_link(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "elsewhere" / "env"
    kept.parent.mkdir()
    kept.write_text("A=1\n")
    kept.chmod(0o640)
    link = tmp_path / ".env"
    link.symlink_to(kept)
    private.hand_out("new", link)
    assert link.is_symlink()
    assert kept.read_text() == "A=1\nSANDBOX_TOKEN=new\n"
    assert kept.stat().st_mode & 0o777 == 0o640
    private.hand_out("new", tmp_path / "fresh")
    assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o600


def test_each_token_is_another_and_kept_where_only_its_user_reads_it(
    tmp_path: Path,
) -> None:
    run_dir = tmp_path / "run"
    tokens = [private.new_token(run_dir) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert min(len(token) for token in tokens) >= 32
    assert private.read_token(run_dir) == tokens[-1]
    assert run_dir.stat().st_mode & 0o777 == 0o700
    assert (run_dir / "token").stat().st_mode & 0o777 == 0o600


def test_a_servers_environment_holds_what_it_needs_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LINEAR_API_KEY", "secret")
    monkeypatch.setenv("BQEMU_REST_HOST", "0.0.0.0")  # noqa: S104 - must not arrive
    monkeypatch.setenv("PATH", "/bin")
    given = private.environment("abc")
    assert given["PATH"] == "/bin"
    assert given["SANDBOX_TOKEN"] == "abc"  # noqa: S105 - made up
    assert set(given) <= {*private.INHERITED, "SANDBOX_TOKEN"}
    assert "SANDBOX_TOKEN" not in private.environment(None)
