"""Streams of what describes the records; each is read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_hubspot_crm import schemas
from tap_hubspot_crm.common.cursors import Cursors
from tap_hubspot_crm.schemas import rows
from tap_hubspot_crm.streams.base import HubSpotStream
from tap_hubspot_crm.transport.errors import ScopesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_hubspot_crm.schemas.rows import Json, Row
    from tap_hubspot_crm.transport.client import HubSpotClient

OWNERS_PAGE = 500
WITH_PIPELINES = ("deals",)


class WholeStream(HubSpotStream):
    """A short list, read whole in every run."""

    is_whole = True
    """Whether the last reading found every row."""

    def read(self) -> Iterator[Row]:
        """Yield every row, then mark what is missing as deleted."""
        self.begin_version()
        done = 0
        for row in self.all_rows():
            done += 1
            yield row
        if self.is_whole:
            self.end_version(done, self.parts)
        self.run.progress.log(self.name, done, done)

    @property
    def parts(self) -> Iterable[str]:
        """The object types of the list."""
        return ()

    def all_rows(self) -> Iterator[Row]:
        """Yield every row; see each stream."""
        raise NotImplementedError


def definitions(client: HubSpotClient, object_type: str) -> list[Json]:
    """Return the properties of an object type; sensitive ones are not among them.

    Args:
        client: The client.
        object_type: Object type, such as contacts.
    """
    path = f"/crm/properties/{{version}}/{object_type}"
    found: list[Json] = client.get(path, {}, "results")["results"]
    return found


class Properties(WholeStream):
    """Definitions of properties."""

    table = schemas.PROPERTIES

    @property
    def parts(self) -> Iterable[str]:
        """The object types."""
        return list(self.run.config["objects"])

    def all_rows(self) -> Iterator[Row]:
        """Yield the properties of each object type that is read."""
        for object_type in self.run.config["objects"]:
            try:
                found = definitions(self.run.client, object_type)
            except ScopesError as error:
                self.is_whole = False
                self.fail(error, f"{self.name} of {object_type}")
                continue
            for given in found:
                yield rows.property_row(object_type, given)


class Owners(WholeStream):
    """Owners; the archived ones are a list of their own."""

    table = schemas.OWNERS

    def all_rows(self) -> Iterator[Row]:
        """Yield active owners, then archived ones."""
        for archived in ("false", "true"):
            after: str | None = ""
            cursors = Cursors()
            while after is not None:
                page = self.run.client.get(
                    "/crm/owners/{version}",
                    {"limit": OWNERS_PAGE, "archived": archived, "after": after},
                    "results",
                )
                yield from map(rows.owner_row, page["results"])
                after = next_page(page, cursors)


class Pipelines(WholeStream):
    """Pipelines of deals."""

    table = schemas.PIPELINES

    @property
    def parts(self) -> Iterable[str]:
        """The object types that have pipelines."""
        return [each for each in WITH_PIPELINES if each in self.run.config["objects"]]

    def all_rows(self) -> Iterator[Row]:
        """Yield the pipelines."""
        for object_type, given in self._tap.pipelines:
            yield rows.pipeline_row(object_type, given)


class PipelineStages(WholeStream):
    """Stages of the pipelines."""

    table = schemas.PIPELINE_STAGES

    @property
    def parts(self) -> Iterable[str]:
        """The object types that have pipelines."""
        return [each for each in WITH_PIPELINES if each in self.run.config["objects"]]

    def all_rows(self) -> Iterator[Row]:
        """Yield the stages."""
        for object_type, given in self._tap.pipelines:
            for stage in given.get("stages") or ():
                yield rows.stage_row(object_type, given, stage)


def pipelines(client: HubSpotClient, objects: list[str]) -> list[tuple[str, Json]]:
    """Return the pipelines of the object types that have some.

    Args:
        client: The client.
        objects: Object types that are read.

    Returns:
        Pairs of object type and pipeline.
    """
    return [
        (object_type, given)
        for object_type in WITH_PIPELINES
        if object_type in objects
        for given in client.get(
            f"/crm/pipelines/{{version}}/{object_type}", {}, "results"
        )["results"]
    ]


def next_page(page: Json, cursors: Cursors) -> str | None:
    """Return the cursor of the next page; None after the last.

    Args:
        page: A page.
        cursors: The cursors of the list so far.

    Raises:
        ValueError: If the list does not end.
    """
    following = ((page.get("paging") or {}).get("next") or {}).get("after")
    if following is None:
        return None
    return cursors.follow(following, len(page["results"]))
