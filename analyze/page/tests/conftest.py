"""One local BigQuery, one Chromium, and a page of each kind of company."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import chromium
from marts import (
    ROOT,
    Company,
    empty_company,
    load,
    optional_marts,
    small_company,
)

from sandbox.testing import LocalBigQuery
from throughline_page.build import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    MakePage = Callable[..., Path]


@pytest.fixture(scope="session")
def local_bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    with LocalBigQuery(tmp_path_factory.mktemp("page_bigquery")) as local:
        yield local


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def environment(local_bigquery: LocalBigQuery) -> dict[str, str]:
    """The settings as Meltano makes them, without the dataset and the output."""
    return {
        "PAGE_PROJECT": local_bigquery.project,
        "PAGE_API_ENDPOINT": local_bigquery.endpoint,
        "PAGE_TRANSFORM_DIR": str(ROOT / "transform"),
        "PAGE_DEFINITIONS": str(ROOT / "docs" / "metrics.md"),
        "PAGE_VARIABLES": "project=BIGQUERY_PROJECT location=BIGQUERY_LOCATION",
    }


@pytest.fixture(scope="session")
def make_page(
    local_bigquery: LocalBigQuery,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> MakePage:
    """Load a company's marts into the local BigQuery, and write its page."""

    def make(name: str, company: Company | None, **settings: str) -> Path:
        if company is not None:
            load(local_bigquery.endpoint, local_bigquery.project, name, company)
        path = tmp_path_factory.mktemp(name) / "page.html"
        build(
            environment
            | {"PAGE_ANALYTICS_DATASET": name, "PAGE_OPS_DATASET": f"{name}_ops"}
            | {"PAGE_OUTPUT": str(path)}
            | settings
        )
        return path

    return make


@pytest.fixture(scope="session")
def small_page(make_page: MakePage) -> Path:
    return make_page(
        "small", small_company("ENG", "OPS"), PAGE_TITLE="<i>Acme</i> שלום"
    )


@pytest.fixture(scope="session")
def one_team_page(make_page: MakePage) -> Path:
    return make_page("one_team", small_company("ENG"))


@pytest.fixture(scope="session")
def optional_page(make_page: MakePage) -> Path:
    """The page of a company that uses the optional sources."""
    return make_page("optional", {**small_company("ENG", "OPS"), **optional_marts()})


@pytest.fixture(scope="session")
def empty_page(make_page: MakePage) -> Path:
    return make_page("empty", empty_company())


@pytest.fixture
def view_folder(tmp_path: Path) -> Path:
    """A copy of the views, to change."""
    source = ROOT / "analyze" / "page" / "src" / "throughline_page" / "views"
    return Path(shutil.copytree(source, tmp_path / "views"))
