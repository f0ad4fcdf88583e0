"""Tokens: what each has left of each of GitHub's budgets, and which to use next."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import requests

from tap_github_prs.common import redaction
from tap_github_prs.common.errors import TapError
from tap_github_prs.common.variables import fill, setting_name
from tap_github_prs.settings import APP
from tap_github_prs.transport.budgets import REQUESTS_PER_MINUTE, Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_github_prs.transport.errors import Response

    Issue = Callable[[str, str], tuple[dict[str, Any], float]]

RENEWAL_SECONDS = 300
"""An installation token is renewed this long before GitHub lets it expire."""


class Clock:
    """The clock of waits: monotonic, in seconds."""

    def now(self) -> float:
        """Return the time."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Bearer(requests.auth.AuthBase):
    """Sends a token; a machine's .netrc would otherwise replace it."""

    def __init__(self, secret: str) -> None:
        """Take the token."""
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put it into a request."""
        request.headers["Authorization"] = f"Bearer {self._secret}"
        return request


class Token(Protocol):
    """A credential with its budgets by resource (`core`, `graphql`)."""

    name: str
    budgets: dict[str, Budget]

    def value(self) -> str:
        """Return the secret to send."""

    def renew(self, refused: str) -> bool:
        """Get a new secret after a refusal; whether there is one.

        Args:
            refused: The secret that was refused. If another request has renewed it
                meanwhile, there is a new one already.
        """


@dataclass(slots=True)
class StaticToken:
    """A personal access token, or any other that does not change."""

    secret: str = field(repr=False)
    name: str = "auth_token"
    budgets: dict[str, Budget] = field(default_factory=dict)

    def value(self) -> str:
        """Return the token."""
        return self.secret

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - see Token
        """Return False: a refused token stays refused."""
        return False


@dataclass(slots=True)
class AppToken:
    """An installation token of a GitHub App, renewed before it expires.

    Attributes:
        app_id: The App's id, the `iss` of the JWT.
        private_key: Its key, PEM.
        installation_id: Where it is installed.
        issue: Asks GitHub for a token of the installation with a JWT; returns the
            response and GitHub's own time, epoch seconds.
        clock: Tells when the token has to be renewed.
    """

    app_id: str
    private_key: str = field(repr=False)
    installation_id: str
    issue: Issue
    clock: Clock = field(default_factory=Clock)
    name: str = "the token of the App"
    budgets: dict[str, Budget] = field(default_factory=dict)
    _secret: str = field(default="", repr=False)
    _good_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def value(self) -> str:
        """Return a token that is good for a while."""
        with self._lock:
            if not self._secret or self.clock.now() > self._good_until:
                self._get()
            return self._secret

    def renew(self, refused: str) -> bool:
        """Get a new token in place of a refused one, unless there is one already."""
        with self._lock:
            if self._secret == refused:
                self._secret = ""
                self._get()
            return True

    def _get(self) -> None:
        response, now = self.issue(self.installation_id, self.jwt())
        self._secret = response["token"]
        redaction.remember(self._secret)
        # By GitHub's clock, not ours (docs/apis/github.md).
        life = datetime.fromisoformat(response["expires_at"]).timestamp() - now
        margin = min(RENEWAL_SECONDS, life / 2)
        self._good_until = self.clock.now() + life - margin

    def jwt(self) -> str:
        """Return a JWT that proves to be the App.

        RS256, `iat` 60 s in the past, `exp` at most 10 min (docs/apis/github.md).

        Raises:
            TapError: If the private key is none.
        """
        import jwt  # noqa: PLC0415 - it needs 8 MB, and only Apps need it

        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 540, "iss": self.app_id}
        key = self.private_key.replace("\\n", "\n")
        try:
            return jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            message = fill(
                "{app_private_key} is not a PEM private key: copy the whole "
                ".pem file that GitHub gave for the App, with its BEGIN and END lines"
            )
            raise TapError(message) from None


class TokenPool:
    """All tokens of a run; one budget per token and resource for all streams.

    Requests that are sent at the same time share it: a request reserves its points
    before it is sent.
    """

    def __init__(self, tokens: list[Token], clock: Clock) -> None:
        """Take the tokens."""
        self._tokens = tokens
        self._clock = clock
        self._spent: Counter[str] = Counter()
        self._answered = threading.Condition()

    def __len__(self) -> int:
        """Return the number of tokens that are still accepted."""
        return len(self._tokens)

    def __iter__(self) -> Iterator[Token]:
        """Yield the tokens that are still accepted."""
        return iter(list(self._tokens))

    def pick(self, resource: str, wanted: Token | None = None) -> tuple[Token, float]:
        """Return the token to use next for a resource.

        Args:
            resource: `core` or `graphql`.
            wanted: The only one to use, as long as it is accepted.

        Returns:
            The token, and the seconds until it may be used (0: now). Of those that
            may be used now it is the one with the most left.
        """
        now = self._clock.now()

        most = REQUESTS_PER_MINUTE[resource]

        def order(token: Token) -> tuple[float, float]:
            budget = _budget(token, resource)
            delay = budget.seconds_to_next(now, most)
            return delay, budget.in_flight - budget.remaining

        tokens = [wanted] if wanted in self._tokens else self._tokens
        token = min(tokens, key=order)
        return token, _budget(token, resource).seconds_to_next(now, most)

    def reserve(self, token: Token, resource: str, points: float) -> bool:
        """Reserve the points of a request before it is sent.

        Returns:
            Whether they were reserved. If not, the requests in flight may use up the
            budget: try again after one of them was answered.
        """
        budget = _budget(token, resource)
        with self._answered:
            if budget.is_exhausted_by(points):
                return False
            budget.reserve(points, self._clock.now())
        return True

    def release(self, token: Token, resource: str, points: float) -> None:
        """Release the points of a request that was answered, or failed."""
        with self._answered:
            _budget(token, resource).release(points)
            self._answered.notify_all()

    def wait_for_response(self, token: Token, resource: str, points: float) -> None:
        """Wait until enough of a budget is left, or no request is in flight."""
        budget = _budget(token, resource)
        with self._answered:
            self._answered.wait_for(lambda: not budget.is_exhausted_by(points))

    def note(self, token: Token, resource: str, response: Response) -> None:
        """Update the budget from a response's headers."""
        left = response.headers.get("x-ratelimit-remaining", "")
        if not left.isdecimal():
            return
        reset = response.headers.get("x-ratelimit-reset", "")
        with self._answered:
            budget = _budget(token, resource)
            self._spent[resource] += budget.note(int(left), reset)
            wait = response.seconds_to_reset
            if budget.remaining == 0 and wait is not None:
                budget.ready_at = self._clock.now() + wait

    def block(self, token: Token, resource: str, seconds: float) -> None:
        """Do not use a token for a resource for a number of seconds."""
        budget = _budget(token, resource)
        budget.ready_at = max(budget.ready_at, self._clock.now() + seconds)

    def drop(self, token: Token) -> None:
        """Do not use a token any more."""
        if token in self._tokens:  # else another request has found out before
            self._tokens.remove(token)

    def left(self, resource: str) -> float:
        """Return what all tokens together have left of a resource."""
        return sum(_budget(token, resource).remaining for token in self._tokens)

    def spent(self, resource: str) -> int:
        """Return by how much the budgets of a resource went down.

        The first response of a token has nothing to compare with, and what another
        program spends of the same token counts too.

        Args:
            resource: `core` or `graphql`.
        """
        return self._spent[resource]


def read_tokens(config: Mapping[str, Any], issue: Issue, clock: Clock) -> list[Token]:
    """Return the tokens that the settings give.

    Args:
        config: The tap's settings.
        issue: Asks for a token of a GitHub App's installation, see AppToken.
        clock: Tells when such a token has to be renewed.
    """
    given = {setting_name("auth_token"): config.get("auth_token")}
    more = setting_name("additional_auth_tokens")
    for n, secret in enumerate(config["additional_auth_tokens"], 1):
        given[f"token {n} of {more}"] = secret
    tokens: list[Token] = [
        StaticToken(secret.strip(), name)
        for name, secret in given.items()
        if secret and secret.strip()
    ]
    app = [str(config[name]) for name in APP if config.get(name)]
    if len(app) == len(APP):
        app_id, key, installation = app
        tokens.append(AppToken(app_id, key, installation, issue, clock))
    return tokens


def _budget(token: Token, resource: str) -> Budget:
    return token.budgets.setdefault(resource, Budget())
