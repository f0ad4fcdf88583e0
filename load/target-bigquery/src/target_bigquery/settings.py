"""The target's settings: one table to validate, document and read them."""

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
# Part of Meltano's state IDs, and so of the name of a folder.
SHARD_PATTERN = "^[A-Za-z0-9_-]{1,40}$"
WANTED = {
    "project": "name the Google Cloud project that holds the dataset",
    "dataset": "name the dataset to load into",
}
"""The required settings, and what to do if one is not set."""

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
        description="Location of the datasets and jobs: `US`, `EU` or a region.",
    ),
    th.Property(
        "credentials_path",
        th.StringType,
        title="Credentials file",
        description=(
            "Path of a JSON key from Google. Without it and `credentials_json`, the "
            "application default credentials are used."
        ),
    ),
    th.Property(
        "credentials_json",
        th.StringType,
        secret=True,
        title="Credentials",
        description="The JSON key itself, or the key in base64.",
    ),
    th.Property(
        "api_endpoint",
        th.StringType,
        title="API endpoint",
        description=(
            "Address of a BigQuery that is not Google's, such as "
            "`http://127.0.0.1:9050`. Google credentials are not sent to it."
        ),
    ),
    th.Property(
        "api_token",
        th.StringType,
        secret=True,
        title="API token",
        description=(
            "Bearer token for `api_endpoint`. By default the client is anonymous."
        ),
    ),
    th.Property(
        "table_prefix",
        th.StringType,
        default="",
        title="Table prefix",
        description=(
            "Prefix of table names. By default a table has the name of its stream."
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
            "A Cloud Storage bucket. Parts are uploaded to "
            "`gs://bucket/<dataset>/<table>/date=YYYY-MM-DD/<run>-<n>.parquet`, "
            "loaded from there and kept for reprocessing."
        ),
    ),
    th.Property(
        "load_method",
        th.StringType,
        default=UPSERT,
        allowed_values=[UPSERT, APPEND, OVERWRITE],
        title="Load method",
        description=(
            "`upsert` replaces rows with the same key, `append-only` keeps every "
            "row, `overwrite` replaces the table at the end of the run. With "
            "`upsert`, the records of streams without a key are appended."
        ),
    ),
    th.Property(
        "shard",
        th.StringType(pattern=SHARD_PATTERN),
        title="Shard",
        description=(
            "Name of this run's share, if several runs load shares of one source into "
            "the same tables. No ACTIVATE_VERSION is applied, because it would mark "
            "the rows of the other shares as deleted. Letters, digits, `_` and `-`."
        ),
    ),
    th.Property(
        "hard_delete",
        th.BooleanType,
        default=False,
        title="Hard delete",
        description=(
            "Whether to delete rows that were deleted in the source, instead of "
            "setting `_sdc_deleted_at`."
        ),
    ),
    th.Property(
        "cluster_on_key_properties",
        th.BooleanType,
        default=True,
        title="Cluster by key",
        description=(
            "Whether to cluster new tables by the first four key columns, so that a "
            "MERGE reads only part of the table."
        ),
    ),
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=500_000,
        title="Rows per commit",
        description="Maximum number of records in a commit, all streams together.",
    ),
    th.Property(
        "max_batch_age",
        th.NumberType(minimum=0),
        default=5.0,
        title="Age of a commit",
        description=(
            "Minutes after which a record is committed, even if the tap writes "
            "nothing more."
        ),
    ),
    th.Property(
        "max_parallelism",
        th.IntegerType(minimum=1),
        default=8,
        title="Streams at once",
        description="Maximum number of streams that are loaded at the same time.",
    ),
    th.Property(
        "maximum_bytes_billed",
        th.IntegerType(minimum=1),
        title="Maximum bytes billed",
        description="BigQuery rejects a query that would bill more bytes than this.",
    ),
    th.Property(
        "labels",
        th.ObjectType(additional_properties=th.StringType),
        title="Job labels",
        description="Labels for every job, in addition to `stream` and `run`.",
    ),
    th.Property(
        "timeout",
        th.NumberType(exclusive_minimum=0),
        default=600.0,
        title="Timeout",
        description=(
            "Seconds that one call or job may take, including retries, before the "
            "load fails."
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
    location: str
    credentials_path: str | None
    credentials_json: str | None = field(repr=False)
    api_endpoint: str | None
    api_token: str | None = field(repr=False)
    table_prefix: str
    staging_dataset: str
    staging_bucket: str | None
    load_method: str
    shard: str | None
    hard_delete: bool
    cluster_on_key_properties: bool
    batch_size_rows: int
    max_batch_age: float
    max_parallelism: int
    maximum_bytes_billed: int | None
    labels: Mapping[str, str]
    timeout: float
    validate_records: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Return the settings of a validated configuration.

        Args:
            config: The plugin's configuration.

        Raises:
            SettingsError: With one line for each required setting that is not set,
                or if a shard would overwrite whole tables.
        """
        given = {
            name: value
            for name, value in typed(config, CONFIG_JSONSCHEMA).items()
            if name in cls.__dataclass_fields__
        }
        if missing := missing_settings(given):
            raise SettingsError(*missing)
        properties = CONFIG_JSONSCHEMA["properties"]
        values = {
            name: given.get(name, properties[name].get("default"))
            for name in cls.__dataclass_fields__
        }
        for name in ("max_batch_age", "timeout"):
            # The SDK reads a number with a point as Decimal.
            values[name] = float(values[name])
        values["labels"] = values["labels"] or {}
        values["staging_dataset"] = values["staging_dataset"] or values["dataset"]
        if values["shard"] and values["load_method"] == OVERWRITE:
            message = (
                f"{shown('load_method')} is 'overwrite', which would remove the rows "
                f"of the other shards: choose 'upsert', or unset {shown('shard')}."
            )
            raise SettingsError(message)
        return cls(**values)
