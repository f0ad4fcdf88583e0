"""The token and the files that only this user can read."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UMASK = 0o077
TOKEN_VARIABLE = "SANDBOX_TOKEN"  # noqa: S105 - its name
TOKEN_FILE = "token"  # noqa: S105 - its name
# The variables that a server inherits. The others can contain the keys of .env, which
# Meltano loads.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")


def folder(path: Path) -> Path:
    """Create a folder that only this user can read (mode 0700); return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write(path: Path, text: str) -> None:
    """Write a file that only this user can read (mode 0600), atomically."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(path)


def environment(token: str | None) -> dict[str, str]:
    """Return the environment of a server.

    Args:
        token: The token that its clients must send; None requires none.
    """
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept if token is None else {**kept, TOKEN_VARIABLE: token}


def new_token(run_dir: Path) -> str:
    """Create a token and store it for later commands."""
    token = secrets.token_urlsafe(32)
    write(folder(run_dir) / TOKEN_FILE, token)
    return token


def read_token(run_dir: Path) -> str | None:
    """Return the token that the running servers were started with."""
    try:
        return (run_dir / TOKEN_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def hand_out(token: str, env_file: Path) -> None:
    """Write the token to a project's .env, where Meltano finds it.

    The other lines and the file's permissions do not change. Only this user can read a
    new file.
    """
    line = f"{TOKEN_VARIABLE}={token}"
    target = env_file.resolve()  # .env may be a link
    try:
        before = target.read_text(encoding="utf-8")
    except FileNotFoundError:
        write(target, f"{line}\n")
        return
    pattern = re.compile(rf"^{TOKEN_VARIABLE}=.*$", re.MULTILINE)
    if pattern.search(before):
        after = pattern.sub(line, before)
    else:
        gap = "" if not before or before.endswith("\n") else "\n"
        after = f"{before}{gap}{line}\n"
    if after != before:
        mode = target.stat().st_mode & 0o777
        write(target, after)
        target.chmod(mode)
