"""The HTTP API: FastAPI over `Analytics`."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, create_model

from .analytics import LIMIT, Analytics
from .builds import matches
from .documentation import documentation
from .errors import ParameterError
from .inputs import DEPLOYMENT_MARTS, MARTS, RUN_HISTORY, trend_marts
from .metrics import MetricName  # noqa: TC001 - an annotation that is evaluated
from .models import (
    FreshnessList,
    Health,
    IssuePath,
    MetricList,
    Problem,
    Trend,
    WaitingList,
)
from .parameters import (  # noqa: TC001 - annotations that are evaluated
    Cursor,
    Day,
    Identifier,
    Limit,
    Subject,
)
from .problems import MEDIA_TYPE, add_problems
from .scopes import Period, ScopeName  # noqa: TC001 - the same

VERSION = "1"
DESCRIPTION = (
    "The marts over HTTP, read-only. Durations are in hours, times in UTC. n is the"
    " number of rows that a median, percentile or share is based on. Nothing here ranks"
    " people."
)
PROBLEMS = {
    HTTPStatus.NOT_MODIFIED: "The client already has this: If-None-Match is the ETag.",
    HTTPStatus.BAD_REQUEST: "The request is not HTTP that this server understands.",
    HTTPStatus.UNAUTHORIZED: "The key is missing or wrong.",
    HTTPStatus.FORBIDDEN: "The request comes from a web page or has another Host.",
    HTTPStatus.NOT_FOUND: "There is nothing with this ID.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter is not valid.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests: wait as Retry-After says.",
    HTTPStatus.SERVICE_UNAVAILABLE: "BigQuery does not respond, or a mart is missing.",
}


def responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation for the OpenAPI document."""
    body = {"content": {MEDIA_TYPE: {"schema": {"$ref": _reference(Problem)}}}}
    return {
        status.value: {"description": PROBLEMS[status]}
        | ({} if status is HTTPStatus.NOT_MODIFIED else body)
        for status in sorted(statuses)
    }


def _reference(model: type[BaseModel]) -> str:
    return f"#/components/schemas/{model.__name__}"


GUARDED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
CACHED = (*GUARDED, HTTPStatus.NOT_MODIFIED, HTTPStatus.SERVICE_UNAVAILABLE)


class NotModifiedError(Exception):
    """The client already has the response."""

    def __init__(self, etag: str) -> None:
        """Remember the ETag."""
        super().__init__(etag)
        self.etag = etag


async def _strict(request: Request) -> None:
    """Refuse unknown and repeated parameters: an ignored filter gives wrong answers.

    It is async, so that it needs no thread: all threads can wait for BigQuery.
    """
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            message = f"unknown parameter {quote(name[:50])}: allowed are {allowed}"
            raise ParameterError(message)
    if len(given) != len(set(given)):
        message = "a parameter is given twice: send each parameter once"
        raise ParameterError(message)


def _summary_models(analytics: Analytics) -> tuple[type[BaseModel], type[BaseModel]]:
    marts = analytics.marts
    repository = marts.repository_summary()
    load = marts.columns("agg_reviewer_weekly_load")
    about = {name: column.description for name, column in load.items()}
    fields: dict[str, Any] = {
        "week_start": (date, Field(description=about["week_start"])),
        "commit_count": (int, Field(description="Commits on default branches.")),
        "review_count": (int, Field(description=about["review_count"])),
        "reply_count": (int, Field(description=about["reply_count"])),
        "reviewed_pull_request_count": (
            int,
            Field(description=about["pull_request_count"]),
        ),
        "p50_response_hours": (
            float | None,
            Field(description=about["p50_response_hours"]),
        ),
        "p85_response_hours": (
            float | None,
            Field(description=about["p85_response_hours"]),
        ),
        "response_n": (int, Field(description=about["response_n"])),
        "waiting_request_count": (
            int,
            Field(description=about["waiting_request_count"]),
        ),
    }
    weeks = create_model("ContributorWeek", __doc__="A person's week.", **fields)
    contributor = marts.model(
        "ContributorSummary",
        "agg_contributors",
        {"weeks": (list[weeks], Field(description="The last 12 weeks, newest first."))},  # type: ignore[valid-type]
    )
    return repository, contributor


def build(analytics: Analytics) -> FastAPI:  # noqa: C901 - one small function per path
    """Make the application, without the guard.

    Args:
        analytics: Answers from the marts.
    """
    app = FastAPI(
        title="Throughline analytics",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(_strict)],
        separate_input_output_schemas=False,
    )
    add_problems(app)
    repository_summary, contributor_summary = _summary_models(analytics)

    @app.exception_handler(NotModifiedError)
    async def not_modified(_request: Request, error: NotModifiedError) -> Response:
        return Response(
            status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": error.etag}
        )

    def check(
        request: Request,
        response: Response,
        marts: tuple[str, ...],
        optional: tuple[str, ...] = (),
    ) -> None:
        """Answer 304 if the client has the response; else set the ETag."""
        url = request.url
        etag = analytics.builds.etag(marts, optional, VERSION, url.path, url.query)
        if matches(request.headers.get("if-none-match"), etag):
            raise NotModifiedError(etag)
        response.headers["ETag"] = etag

    @app.get(
        "/analytics/repository/{id:path}/summary",
        operation_id="repository_summary",
        response_model=repository_summary,
        responses=responses(*CACHED, HTTPStatus.NOT_FOUND),
    )
    def repository(
        request: Request,
        response: Response,
        identifier: Annotated[Identifier, Path(alias="id")],
    ) -> Any:  # noqa: ANN401 - the response model is made from the mart's columns
        """One repository: totals and the last 12 weeks.

        The ID is GitHub's numeric ID or owner/name, with the slash as %2F or /.
        """
        check(request, response, MARTS["repository"])
        return analytics.repository(identifier)

    @app.get(
        "/analytics/contributor/{id:path}/summary",
        operation_id="contributor_summary",
        response_model=contributor_summary,
        responses=responses(*CACHED, HTTPStatus.NOT_FOUND),
    )
    def contributor(
        request: Request,
        response: Response,
        identifier: Annotated[Identifier, Path(alias="id")],
    ) -> Any:  # noqa: ANN401 - the response model is made from the mart's columns
        """One person: totals and the last 12 weeks, without a comparison.

        The ID is a user_id of the marts or a GitHub login.
        """
        check(request, response, MARTS["contributor"])
        return analytics.contributor(identifier)

    @app.get(
        "/analytics/trends",
        operation_id="trends",
        responses=responses(*CACHED, HTTPStatus.NOT_FOUND),
    )
    def trends(  # noqa: PLR0913 - one per parameter
        request: Request,
        response: Response,
        *,
        metric: Annotated[MetricName, Query(description="See /analytics/metrics.")],
        period: Annotated[
            Period | None,
            Query(
                description="What one point describes. Default: week, or month for a"
                " metric that exists by month only."
            ),
        ] = None,
        scope: Annotated[
            ScopeName | None,
            Query(
                description="Teams or repositories, for a metric that exists for both."
                " Default: the metric's `scope`."
            ),
        ] = None,
        subject: Subject = None,
        since: Annotated[
            Day | None,
            Query(
                description="First day. Default: 26 weeks before the last day of the"
                " marts; 365 days for months."
            ),
        ] = None,
        until: Annotated[Day | None, Query(description="Last day.")] = None,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
    ) -> Trend:
        """A metric over time, with its definition and n; oldest first."""
        check(request, response, trend_marts(metric, period, scope))
        return analytics.trend(
            metric,
            period=period,
            scope=scope,
            subject=subject,
            since=since,
            until=until,
            limit=limit,
            cursor=cursor,
        )

    @app.get(
        "/analytics/waiting",
        operation_id="waiting",
        responses=responses(*CACHED),
    )
    def waiting(
        request: Request,
        response: Response,
        subject: Subject = None,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
    ) -> WaitingList:
        """What is waiting now, on whom and since when; the oldest first."""
        check(request, response, MARTS["waiting"])
        return analytics.waiting(subject=subject, limit=limit, cursor=cursor)

    @app.get(
        "/analytics/issue/{id:path}/path",
        operation_id="issue_path",
        responses=responses(*CACHED, HTTPStatus.NOT_FOUND),
    )
    def issue_path(
        request: Request,
        response: Response,
        identifier: Annotated[Identifier, Path(alias="id")],
    ) -> IssuePath:
        """The way of one issue: states, steps, pull requests, deployments.

        The ID is the issue's key, such as ENG-123, or Linear's ID.
        """
        check(request, response, MARTS["issue"], DEPLOYMENT_MARTS)
        return analytics.issue_path(identifier)

    @app.get(
        "/analytics/freshness",
        operation_id="freshness",
        responses=responses(*CACHED),
    )
    def freshness(request: Request, response: Response) -> FreshnessList:
        """How new the data is."""
        check(request, response, MARTS["freshness"], RUN_HISTORY)
        return analytics.freshness()

    @app.get(
        "/analytics/metrics", operation_id="metrics", responses=responses(*GUARDED)
    )
    def metrics() -> MetricList:
        """Every metric with its definition."""
        return analytics.metrics()

    @app.get(
        "/healthz",
        operation_id="healthz",
        responses=responses(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
    )
    async def healthz() -> Health:
        """Whether the process runs. It sends no request to BigQuery."""
        return Health()

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(documentation(app.openapi(), analytics.metrics()))

    add_key(app)
    return app


def add_key(app: FastAPI) -> None:
    """Describe the key in the OpenAPI document, which the guard checks.

    Args:
        app: The application.
    """
    document = app.openapi()
    components = document["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    # FastAPI adds its own shapes of a 422, which this API does not have.
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    }
    # The key is needed where one is set.
    document["security"] = [{}, {"key": []}]
    for path in ("/healthz",):
        document["paths"][path]["get"]["security"] = []


def document_of(analytics: Analytics) -> dict[str, Any]:
    """Return the OpenAPI document.

    Args:
        analytics: With the project's descriptions; it sends no request.
    """
    return build(analytics).openapi()
