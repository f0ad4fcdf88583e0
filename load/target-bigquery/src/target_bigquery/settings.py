"""The target's settings: one table that validates, documents and reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from target_bigquery.errors import SettingsError
from target_bigquery.validation import DATASET_PATTERN, typed
from target_bigquery.variables import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

UPSERT, APPEND, OVERWRITE = "upsert", "append-only", "overwrite"
SECONDS_PER_MINUTE = 60
WANTED = {
    "project": "name the Google Cloud project that holds the dataset",
    "dataset": "name the dataset to load into",
}
"""The required settings, and what to do where one is not set."""

CONFIG_JSONSCHEMA = th.PropertiesList(
    th.Property(
        "project",
        th.StringType,
        required=True,
        title="Google Cloud project",
        description="The project that holds the dataset and pays for the jobs.",
    ),
    th.Property(
        "dataset",
        # BigQuery hides a dataset that begins with an underscore:
        # https://cloud.google.com/bigquery/docs/datasets#hidden_datasets
        th.StringType(pattern=DATASET_PATTERN),
        required=True,
        title="Dataset",
        description="The dataset to load into. It is created if it does not exist.",
    ),
    th.Property(
        "location",
        th.StringType,
        default="US",
        title="Location",
        description="Where the datasets are and the jobs run: `US`, `EU`, a region.",
    ),
    th.Property(
        "credentials_path",
        th.StringType,
        title="Credentials file",
        description=(
            "Path of a JSON key of Google's. Without it and `credentials_json` the "
            "application default credentials are used."
        ),
    ),
    th.Property(
        "credentials_json",
        th.StringType,
        secret=True,
        title="Credentials",
        description="The JSON key itself, or base64 of it.",
    ),
    th.Property(
        "api_endpoint",
        th.StringType,
        title="API endpoint",
        description=(
            "Address of a BigQuery that is not Google's, as `http://127.0.0.1:9050`. "
            "No credential of Google's is sent to it."
        ),
    ),
    th.Property(
        "api_token",
        th.StringType,
        secret=True,
        title="API token",
        description=(
            "Bearer token for `api_endpoint`. Without it nothing is sent that "
            "identifies the client."
        ),
    ),
    th.Property(
        "table_prefix",
        th.StringType,
        default="",
        title="Table prefix",
        description=(
            "Goes before a stream's name to make its table's name. By default a table "
            "has its stream's name."
        ),
    ),
    th.Property(
        "staging_dataset",
        th.StringType,
        title="Staging dataset",
        description=(
            "The dataset for staging tables, in the same location. By default it is "
            "`dataset`."
        ),
    ),
    th.Property(
        "staging_bucket",
        th.StringType,
        title="Staging bucket",
        description=(
            "A Cloud Storage bucket. Parts go to it as "
            "`gs://bucket/<dataset>/<table>/date=YYYY-MM-DD/<run>-<n>.parquet`, are "
            "loaded from there and stay for reprocessing."
        ),
    ),
    th.Property(
        "load_method",
        th.StringType,
        default=UPSERT,
        allowed_values=[UPSERT, APPEND, OVERWRITE],
        title="Load method",
        description=(
            "`upsert` writes over rows with the same key, `append-only` keeps every "
            "row, `overwrite` replaces the table at the end of the run. Streams "
            "without a key are appended under `upsert`."
        ),
    ),
    th.Property(
        "hard_delete",
        th.BooleanType,
        default=False,
        title="Hard delete",
        description=(
            "Whether rows that the source has deleted go, instead of getting "
            "`_sdc_deleted_at`."
        ),
    ),
    th.Property(
        "cluster_on_key_properties",
        th.BooleanType,
        default=True,
        title="Cluster by key",
        description=(
            "Whether new tables are clustered by the first four key columns, so that "
            "a MERGE reads a part of the table only."
        ),
    ),
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=500_000,
        title="Rows per commit",
        description="How many records of all streams together make a commit.",
    ),
    th.Property(
        "max_batch_age",
        th.NumberType(minimum=0),
        default=5.0,
        title="Age of a commit",
        description=(
            "Minutes after which a record is committed, also while the tap is silent."
        ),
    ),
    th.Property(
        "max_parallelism",
        th.IntegerType(minimum=1),
        default=8,
        title="Streams at once",
        description="How many streams of a commit are loaded side by side.",
    ),
    th.Property(
        "maximum_bytes_billed",
        th.IntegerType(minimum=1),
        title="Maximum bytes billed",
        description="A query that would read more than this is refused by BigQuery.",
    ),
    th.Property(
        "labels",
        th.ObjectType(additional_properties=th.StringType),
        title="Job labels",
        description="Labels for every job, besides `stream` and `run`.",
    ),
    th.Property(
        "timeout",
        th.NumberType(exclusive_minimum=0),
        default=600.0,
        title="Timeout",
        description=(
            "Seconds that one call or job may take, tries after transient failures "
            "included, before the load ends."
        ),
    ),
    th.Property(
        "validate_records",
        th.BooleanType,
        default=True,
        title="Validate records",
        description=(
            "Whether a null or missing property that the stream's schema does not "
            "allow stops the load. Types are always checked."
        ),
    ),
).to_dict()


def missing_settings(config: Mapping[str, Any]) -> list[str]:
    """Return one line per required setting that is not set.

    Args:
        config: The settings without empty ones.
    """
    return [
        f"{shown(name)} is not set: {purpose}."
        for name, purpose in WANTED.items()
        if name not in config
    ]


SECRETS = tuple(
    name
    for name, schema in CONFIG_JSONSCHEMA["properties"].items()
    if schema.get("secret")
)
"""The settings that are secrets as a whole."""


@dataclass(frozen=True)
class Settings:
    """The settings, complete."""

    project: str
    dataset: str
    location: str = "US"
    credentials_path: str | None = None
    credentials_json: str | None = field(default=None, repr=False)
    api_endpoint: str | None = None
    api_token: str | None = field(default=None, repr=False)
    table_prefix: str = ""
    staging_dataset: str = ""
    staging_bucket: str | None = None
    load_method: str = UPSERT
    hard_delete: bool = False
    cluster_on_key_properties: bool = True
    batch_size_rows: int = 500_000
    max_batch_age: float = 5.0
    max_parallelism: int = 8
    maximum_bytes_billed: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600.0
    validate_records: bool = True

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Return the settings of a validated configuration.

        Args:
            config: The plugin's configuration.

        Raises:
            SettingsError: With one line for each required setting that is not set.
        """
        given = {
            name: value
            for name, value in typed(config, CONFIG_JSONSCHEMA).items()
            if name in cls.__dataclass_fields__
        }
        if missing := missing_settings(given):
            raise SettingsError(*missing)
        for name in ("max_batch_age", "timeout"):
            if name in given:
                # The SDK reads a number with a point as Decimal.
                given[name] = float(given[name])
        given.setdefault("staging_dataset", given["dataset"])
        return cls(**given)
