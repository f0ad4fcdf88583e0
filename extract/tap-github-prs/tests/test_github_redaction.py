"""No line that leaves the tap holds a secret."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Reader

    Command = Callable[..., subprocess.CompletedProcess[str]]


def lines(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
def test_a_message_that_echoes_the_authorization_header_is_shown_without_it(
    status: int, reader: Reader, run_command: Command
) -> None:
    reader.server.fault("echo", "github", count=0, status=status)
    printed = lines(run_command({**reader.config, "max_wait_seconds": 2}))

    assert "sandbox-token" not in printed
    assert "***" in printed


def test_every_one_of_several_tokens_is_hidden(
    reader: Reader, run_command: Command
) -> None:
    reader.server.fault("echo", "github", count=0, status=401)
    tokens = ["sandbox-token-2", "sandbox-token-3"]
    printed = lines(run_command({**reader.config, "additional_auth_tokens": tokens}))

    assert "sandbox-token" not in printed


def test_user_and_password_in_the_address_are_hidden(
    reader: Reader, run_command: Command
) -> None:
    password = secrets.token_urlsafe()
    address = reader.server.github_url.replace("://", f"://ada:{password}@")
    reader.server.fault("server-error", "github", count=0, status=400)
    printed = lines(run_command({**reader.config, "api_url": address}))

    assert "://***@127.0.0.1" in printed
    assert password not in printed
    assert "ada:" not in printed


def test_an_address_that_cannot_be_reached_is_shown_without_its_password(
    reader: Reader, run_command: Command
) -> None:
    password = secrets.token_urlsafe()
    settings = {"api_url": f"http://ada:{password}@127.0.0.1:9", "max_wait_seconds": 0}

    assert password not in lines(run_command({**reader.config, **settings}))


def test_an_apps_key_its_jwt_and_its_tokens_are_hidden(
    reader: Reader, run_command: Command
) -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    reader.server.register_app("7", public.decode(), "9")
    app = {
        "auth_token": "",
        "app_id": "7",
        "app_private_key": private,
        "app_installation_id": "9",
    }
    reader.server.fault("echo", "github", at=1, count=1, status=400)
    jwt = lines(run_command({**reader.config, **app}))
    reader.server.clear_faults()
    reader.server.fault("echo", "github", at=2, count=0, status=400)
    token = lines(run_command({**reader.config, **app}))

    assert "eyJ" not in jwt
    assert "ghs_" not in token
    for line in private.splitlines()[1:-1]:
        assert line not in jwt + token


def test_settings_that_are_secret_are_in_no_line_whatever_their_type(
    reader: Reader, run_command: Command
) -> None:
    secret = secrets.token_urlsafe()
    wrong: list[dict[str, Any]] = [
        {"auth_token": [secret]},
        {"additional_auth_tokens": {"first": secret}},
        {"app_private_key": {"pem": secret}},
    ]
    for settings in wrong:
        done = run_command({**reader.config, **settings})
        assert "is of the wrong type" in done.stderr
        assert secret not in lines(done)
