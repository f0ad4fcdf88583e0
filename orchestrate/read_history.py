"""Print the runs of an environment as JSON: `python read_history.py prod 90`.

`history_warehouse.query` starts it with the Python of target-bigquery.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from requests import RequestException
from singer_sdk.configuration._dict_config import parse_environment_config

from target_bigquery.errors import TargetError
from target_bigquery.redaction import REDACTOR
from target_bigquery.settings import CONFIG_JSONSCHEMA, SECRETS, Settings
from target_bigquery.warehouse.credentials import bigquery_client

SECONDS = 60.0
# 20 shards a night have 2,000 rows in 90 days: all of them are read, so that the last
# good run of each is found.
QUERY = """
    select to_json_string(runs) as run
    from `{project}.{dataset}.runs` as runs
    where environment = @environment
        and started_at > timestamp_sub(current_timestamp(), interval @days day)
    order by started_at desc
    limit 20000
"""


def main() -> None:
    """Print a JSON list; exits with 1 and one line if BigQuery cannot be read."""
    environment, days = sys.argv[1:]
    config = parse_environment_config(CONFIG_JSONSCHEMA, "TARGET_BIGQUERY_")
    REDACTOR.add_config(config, SECRETS)
    try:
        settings = Settings.from_config(config)
        client = bigquery_client(settings)
        job = bigquery.QueryJobConfig(
            query_parameters=[
                bigquery.ScalarQueryParameter("environment", "STRING", environment),
                bigquery.ScalarQueryParameter("days", "INT64", int(days)),
            ]
        )
        sql = QUERY.format(project=settings.project, dataset=settings.dataset)
        # The client allows None and declares a Retry.
        none: Any = None
        found = client.query(
            sql, job_config=job, retry=none, job_retry=none, timeout=SECONDS
        ).result(timeout=SECONDS, retry=none, job_retry=none)
        rows = [json.loads(row["run"]) for row in found]
    except NotFound:  # no run yet
        rows = []
    except (
        GoogleAPIError,
        GoogleAuthError,
        RequestException,
        TargetError,
        OSError,
    ) as error:
        line = " ".join(str(error).split())
        sys.stderr.write(f"{REDACTOR.redact(line)}\n")
        sys.exit(1)
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main()
