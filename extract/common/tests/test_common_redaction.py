"""No line of the log shows a secret."""

from __future__ import annotations

import base64
import logging
import sys

import pytest

from tap_linear.common import redaction

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - made up, and of no known form


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())


@pytest.mark.parametrize(
    "line",
    [
        "https://someone:secret-word@api.linear.app/graphql",
        "proxy http://secret-word@127.0.0.1:8080 refused",
        "postgres://a:secret-word@h/db?x=1",
        "Authorization: secret-word",
        "Authorization: Bearer secret-word",
        "{'Authorization': 'Bearer secret-word', 'Content-Type': 'text/plain'}",
        '{"authorization": "secret-word"}',
        "Proxy-Authorization: Basic secret-word1",
        "sent Bearer secret-word to the server",
        "Basic c2VjcmV0LXdvcmQ6c2VjcmV0LXdvcmQ=",
        "key lin_api_secret0word0secret0word is unknown",
        "grant_type=refresh_token&refresh_token=secret-word&client_id=a",
        '{"access_token": "secret-word", "expires_in": 86399}',
    ],
)
def test_what_looks_like_a_credential_is_hidden_wherever_it_comes_from(
    line: str,
) -> None:
    shown = redaction.redact(line)
    assert "***" in shown
    for form in ("secret-word", "c2VjcmV0", "secret0word"):
        assert form not in shown


@pytest.mark.parametrize(
    "line",
    [
        "issues: 1,250 of 8,000 · 57 requests · 2,843,000 points left",
        "Basic authentication is not possible here",
        "set api_key to a personal API key or access_token to an OAuth token",
        "Linear cannot be reached at https://api.linear.app/graphql: 5 times in a row",
        "nothing to hide: 1,250 of 8,000",
        "mail to someone@example.com about https://linear.app/acme/issue/ENG-1",
    ],
)
def test_text_that_is_not_a_credential_stays_unchanged(line: str) -> None:
    assert redaction.redact(line) == line


def test_every_form_of_a_known_secret_is_hidden() -> None:
    redaction.remember('a"b/c é')
    forms = ['a"b/c é', "a%22b%2Fc%20%C3%A9", 'a\\"b/c \\u00e9']
    for form in forms:
        assert redaction.redact(f"<{form}>") == "<***>"


def test_a_traceback_and_the_arguments_of_a_line_are_redacted() -> None:
    redaction.remember(TOKEN)
    formatter = redaction.RedactingFormatter(
        logging.Formatter("%(levelname)s %(message)s")
    )
    try:
        int(TOKEN)
    except ValueError:
        record = logging.LogRecord(
            "x", logging.ERROR, "x", 1, "sent %s", (TOKEN,), sys.exc_info()
        )
    text = formatter.format(record)
    assert "Traceback" in text
    assert TOKEN not in text


def test_every_handler_is_covered_once_whoever_added_it() -> None:
    logger = logging.getLogger("someone.else")
    handler = logging.StreamHandler()
    logger.addHandler(handler)
    try:
        redaction.install()
        redaction.install()
        assert isinstance(handler.formatter, redaction.RedactingFormatter)
        assert not isinstance(handler.formatter.inner, redaction.RedactingFormatter)
    finally:
        logger.removeHandler(handler)


def test_each_line_of_a_private_key_is_hidden_and_its_frame_is_not() -> None:
    key = "-----BEGIN KEY-----\\nabcdef012345\\n6789abcdef\\n-----END KEY-----"
    redaction.remember({"nested": ["short", key]})
    shown = redaction.redact("-----BEGIN KEY-----\n6789abcdef\nabcdef012345\nno secret")
    assert shown == "-----BEGIN KEY-----\n***\n***\nno secret"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("{'Authorization': 'token abcdefgh'}", "{'Authorization': 'token ***'}"),
        ("got Basic YWRhOnNlY3JldA==", "got Basic ***"),
        ("ghp_0123456789abcdef is expired", "*** is expired"),
        ("github_pat_11ABCDEFG0_abc is expired", "*** is expired"),
        ("at https://ada:pw@git.acme.com/api/v3", "at https://***@git.acme.com/api/v3"),
    ],
)
def test_the_scheme_and_the_kind_of_a_hidden_credential_stay_readable(
    text: str, shown: str
) -> None:
    assert redaction.redact(text) == shown


def test_a_short_secret_is_hidden_as_a_word_and_not_inside_of_others() -> None:
    redaction.remember("pw1")

    assert redaction.redact("pw1 and pw12") == "*** and pw12"


@pytest.mark.parametrize(
    "secret", [TOKEN, "of??this>>length", "\u00fc>?~ \u00ff\u00fe"]
)
def test_a_secret_in_base64_is_hidden(secret: str) -> None:
    redaction.remember(secret)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(secret.encode()).decode()
        shown = redaction.redact(f"the server refused '{text}'")
        assert text.rstrip("=") not in shown
        assert "***" in shown


def test_a_secret_at_the_end_of_a_shortened_text_is_hidden() -> None:
    redaction.remember("ntn-shortened-secret")
    text = redaction.one_line(f"{'x' * 90}\n ntn-shortened-secret", 100)
    assert text == f"{'x' * 90} ***"
