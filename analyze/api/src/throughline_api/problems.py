"""Errors as RFC 9457 describes them: application/problem+json."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from .common.warehouse import WarehouseError
from .errors import NotFoundError, ParameterError
from .models import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "30"


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return an error response.

    Args:
        status: The HTTP status.
        detail: What is wrong and what to do, in one line.
        headers: Further headers.
    """
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(
        body.model_dump(), status, dict(headers or {}), media_type=MEDIA_TYPE
    )


def add_problems(app: FastAPI) -> None:
    """Answer every error of an application with a problem.

    Args:
        app: The application.
    """
    app.add_exception_handler(NotFoundError, _not_found)
    app.add_exception_handler(ParameterError, _unprocessable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WarehouseError, _unavailable)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)


async def _not_found(_request: Request, error: Exception) -> JSONResponse:
    return problem(HTTPStatus.NOT_FOUND, str(error))


async def _unprocessable(_request: Request, error: Exception) -> JSONResponse:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - see add_problems
    # Without the value: it can be long, and it is the client's own.
    found = [
        f"{'.'.join(str(part) for part in each['loc'][1:])}: {each['msg']}"
        for each in error.errors()
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(found))


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    logger.error("%s", error)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": RETRY_SECONDS}
    )


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - see add_problems
    details = {
        HTTPStatus.NOT_FOUND: "there is no such path: /docs lists all paths",
        HTTPStatus.METHOD_NOT_ALLOWED: "this API is read-only: send GET or HEAD",
    }
    status = HTTPStatus(error.status_code)
    return problem(status, details.get(status, error.detail), error.headers)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    # The path is the client's: without line breaks.
    logger.error("GET %r failed: %s", request.url.path[:200], type(error).__name__)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "the server failed: its log says why"
    )
