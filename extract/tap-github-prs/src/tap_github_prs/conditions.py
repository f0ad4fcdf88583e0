"""What can go wrong, what the log says of it, what is kept: one table.

The README shows it, and a test holds the two together. What single answers mean is in
errors.RULES.
"""

from __future__ import annotations

from dataclasses import dataclass

from tap_github_prs.common import conditions as common
from tap_github_prs.transport.errors import Action


@dataclass(frozen=True, slots=True)
class Condition:
    """A row of the table.

    Attributes:
        when: What has happened.
        line: The log line, with its facts in braces.
        kept: What is kept, and what the next run does.
        thing: What was not read, for the last line of the run; "" if the run does not
            fail for it.
    """

    when: str
    line: str
    kept: str
    thing: str = ""

    @property
    def exit_code(self) -> int:
        """Exit code of a run in which this, and nothing else, has happened."""
        return 1 if self.thing else 0


PULL_REQUEST = Condition(
    "A pull request that was listed is not returned by its ID, not completely, or "
    "fails in every attempt",
    "Cannot read pull request {number} of {repository}: {reason}",
    "Everything else, and what GitHub returned of it (`is_incomplete`). It is "
    "requested again at the end of the run and in each later run, until it was read",
    "pull request {number} of {repository}",
)
PULL_REQUEST_GONE = Condition(
    "GitHub has not found a pull request for 30 days",
    "Pull request {number} of {repository} has not been found for {days} days: it is "
    "no longer requested",
    "What earlier runs read of it",
)
HIDDEN_PULL_REQUEST = Condition(
    "The list of pull requests contains null instead of one",
    "Cannot read a pull request of {repository}: {reason}",
    "Everything else; the next runs look at its place in the list again",
    "a pull request of {repository}",
)
LISTING = Condition(
    "The pull requests of a repository cannot be listed",
    "Cannot read the pull requests of {repository}: {reason}",
    "Everything else; the bookmark stays where it is",
    "the pull requests of {repository}",
)
REPOSITORY_LOST = Condition(
    "A repository cannot be seen any more while it is read",
    "Cannot read the rest of {repository}: {reason}",
    "What was read before, with its bookmark",
    "the rest of {repository}",
)
REPOSITORY = Condition(
    "A repository that the settings name is not shown",
    "Cannot read repository {repository}: {reason}; check the name in {setting}, and "
    "that {token} has access to it",
    "Everything else; no ACTIVATE_VERSION, so nothing is marked as deleted",
    "repository {repository}",
)
REPOSITORY_FAILED = Condition(
    "A repository of an organization fails in every attempt",
    "Cannot read repository {repository}: {reason}",
    "Everything else; no ACTIVATE_VERSION. The next run requests it again",
    "repository {repository}",
)
ORGANIZATION = Condition(
    "An organization that the settings name is not shown, or not to the end",
    "Cannot read organization {organization}: {reason}; check the name in {setting}, "
    "and that {token} has access to it",
    "Everything else; no ACTIVATE_VERSION",
    "organization {organization}",
)
EMPTY = Condition(
    "An organization shows no repository at all",
    "Cannot read organization {organization}: {reason}; check that {token} has access "
    "to its repositories",
    "Everything else; no ACTIVATE_VERSION",
    "organization {organization} (no repository)",
)
REFUSED_REPOSITORIES = Condition(
    "Some repositories of an organization are refused, for example because of single "
    "sign-on",
    "Cannot read {number} of the repositories of {organization}: {reason}",
    "Everything else; no ACTIVATE_VERSION",
    "{number} of the repositories of {organization}",
)
BLOCKED_REPOSITORIES = Condition(
    "GitHub has blocked repositories of an organization for everybody",
    "GitHub blocks {number} of the repositories of {organization}: {reason}",
    "Everything else. Deleted repositories show, unless the row below applies",
)
BLOCKED_SINCE = Condition(
    "A repository that an earlier run has read is blocked",
    "Repositories that were read before are blocked (ID {ids}): until they are "
    "available again, deleted repositories cannot be detected",
    "Everything else, and the rows of the blocked ones; no ACTIVATE_VERSION",
)
FEWER_REPOSITORIES = Condition(
    "All repositories of the last run, or at least 3 and more than half of them, are "
    "not shown",
    "Only {now} of the {before} repositories of the last run are shown: the token may "
    "have lost access, so nothing is marked as deleted; if they are deleted, run once "
    "without the state",
    "Everything else; no ACTIVATE_VERSION",
    "{missing} repositories of the last run",
)
COMMITS = Condition(
    "Commits of a default branch are refused or null, or always fail",
    "Cannot read all commits of {repository}: {reason}",
    "Every commit that GitHub returned; the state stays, so the next run reads them "
    "again",
    "commits of {repository}",
)
MEMBERS = Condition(
    "The members of an organization always fail, or some are null",
    "Cannot read all members of {organization}: {reason}",
    "Every member that GitHub returned; no membership is removed",
    "members of {organization}",
)
REFUSED_MEMBERS = Condition(
    "The token has no scope for the members of an organization",
    "Members of {organization} are not read: {reason}",
    "Everything else; no membership is removed",
)
FEWER_MEMBERS = Condition(
    "All members of the last run, or at least 3 and more than half of them, are not "
    "shown",
    "Only {now} of the {before} members of {organization} are shown: the token may "
    "have lost access, so no membership is removed",
    "Every member that GitHub returned",
    "{missing} members of {organization}",
)
EDITED_COMMENTS = Condition(
    "The list of edited comments of a repository fails at one page",
    "Cannot read all edited comments of {repository}: {reason}",
    "The edits before and after; the next runs request this page again",
    "edited comments of {repository}",
)
REFUSED_COMMENTS = Condition(
    "The list of edited comments of a repository is refused",
    "Cannot read edited comments of {repository}: {reason}",
    "Everything else; the next run starts at the same time again",
    "edited comments of {repository}",
)
NO_COMMENTS = Condition(
    "Comments are turned off in a repository",
    "Edited comments of {repository} are not read: {reason}",
    "Everything else",
)
UNREAD_HISTORY = Condition(
    "Deployments, releases or check suites of a repository are refused or null, or "
    "always fail",
    "Cannot read all {things} of {repository}: {reason}",
    "Everything that GitHub returned; the next runs request what is missing again",
    "{things} of {repository}",
)
NO_HISTORY = Condition(
    "The token has never had access to the deployments, releases or check suites of a "
    "repository",
    "The {things} of {repository} are not read: {reason}; give the token the "
    "permission for them, or deselect the stream {things}",
    "Everything else; once the token has the permission, all of them are read",
)
STREAM = Condition(
    "GitHub no longer has the field through which a stream is read",
    "Cannot read stream {stream}: {reason}",
    "Every other stream; the state of this one stays",
    "stream {stream}",
)
LIST_REFUSED = Condition(
    "GitHub no longer has a nested list of pull requests",
    "Stream {stream} is not read: GitHub no longer has {field} of a pull request",
    "Every other stream; rows of this one stay. Once GitHub has it again, everything "
    "is read again",
    "stream {stream}",
)
LEFT_OUT = Condition(
    "A field is unknown to GitHub, or the token has no scope for it",
    "Left out {names} ({fault}): {reason}",
    "Every other field. The schema is written without the column, so rows keep the "
    "value that they had",
)
NULLED = Condition(
    "GitHub refuses a field of one row",
    "Left out {columns} of {stream} {key}: {reason}",
    "The row without the column, which keeps the value that it had",
)
BAD_VALUE = Condition(
    "A value does not have the type of its column, for example an impossible date",
    "Null for {column} of {stream} ({key}), GitHub sent an invalid {kind}: {value}",
    "The row, with null in that column",
)
TOKEN_SEES_LESS = Condition(
    "One of several tokens sees less than another",
    "{token} does not see {things}, which {other} sees: it is not used",
    "Everything, with the other tokens",
)
TOKENS_DIFFER = Condition(
    "Each of several tokens sees something that the others do not see",
    "No single token sees everything: {token}, which is used, does not see {things}",
    "What that token sees; no ACTIVATE_VERSION",
    "{things}",
)
START_DATE = Condition(
    "start_date was moved to an earlier date",
    "{setting} was moved from {before} to {now}: reading what changed in between in "
    "{repository}",
    "Everything; the bookmark stays",
)
CLOCK = Condition(
    "The clock was ahead in an earlier run",
    "The clock of an earlier run was ahead of this one's ({then}, now {now}): "
    "deletions in {stream} cannot be detected by time, so its versions continue from "
    "that run; check the clock",
    "Everything",
)
STATE_DAMAGED = common.STATE_DAMAGED

DOES = {
    Action.WAIT: ("uses another token, or waits for the reset", "0"),
    Action.PAUSE: (
        "waits as long as Retry-After says, otherwise longer each time",
        "0",
    ),
    Action.REPLACE_TOKEN: (
        "renews the token of an App, or continues with the other tokens",
        "0",
    ),
    Action.SHRINK: (
        "requests half as many rows, down to one; retries one row 7 times",
        "0",
    ),
    Action.RETRY: ("retries 7 times, with longer pauses", "0"),
    Action.DROP_FIELD: ("repeats the request without the field", "0"),
    Action.PARTIAL: (
        "keeps what GitHub returned; the table above explains the rest",
        "",
    ),
    Action.PASS_OVER: ("skips it; the table above explains the result", "1"),
    Action.STOP: (
        "ends if GitHub has not answered before, otherwise skips it",
        "1",
    ),
}
"""What the tap does about a response, and the exit code if that helps."""

CONDITIONS = tuple(
    each
    for each in globals().values()
    if isinstance(each, (Condition, common.Condition))
)
"""All of them, in the order above."""
