"""Print the figures of DECISIONLOG.md: how many rows each decision concerns.

    .venv/bin/python transform/scripts/figures.py
    .venv/bin/python transform/scripts/figures.py --recordings FOLDER
    .venv/bin/python transform/scripts/figures.py --project P

With `--compare company` or `--compare recordings`, it prints the lines of
DECISIONLOG.md that differ from what was measured, and ends with exit code 1.

The first command loads the sandbox's company, the second one pull requests that
were recorded from GitHub: through our taps and our target into a local BigQuery,
where dbt builds the models. The third command reads models that are already built;
`--datasets` names their datasets.
figures.yml contains one query of the models for each figure.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "pytests"))
from conftest import Warehouse
from dbt_process import Dbt
from read_yaml import read_yaml
from recomputed.company import load_company, load_recordings

from sandbox.github.recordings import RecordingsError, read_recordings
from sandbox.testing import LocalBigQuery

if TYPE_CHECKING:
    from argparse import Namespace

FIGURES = read_yaml(Path(__file__).with_suffix(".yml"))
DECISIONS = Path(__file__).resolve().parent.parent / "DECISIONLOG.md"
DECIDED = re.compile(
    r"^- \*(?P<label>.+)\*: company (?P<company>.+), recordings (?P<recordings>.+)$",
    re.MULTILINE,
)
RELATION = re.compile(r"(?<=from |join )(?:stg_(linear|github)__)?\w+")
NO_DATA = "no data"


class Datasets(NamedTuple):
    """Names of the datasets of each source's staging views and of the marts."""

    linear: str = "linear"
    github: str = "github"
    analytics: str = "analytics"


def models() -> set[str]:
    """Name the models that the figures are read from."""
    return {
        relation[0]
        for figure in FIGURES
        for relation in RELATION.finditer(query(figure))
    }


def query(figure: dict[str, str]) -> str:
    """Write the query of a figure.

    Args:
        figure: an entry of figures.yml.

    Returns:
        SQL with unqualified models; its columns are `part` and `whole`.
    """
    whole = figure.get("whole", "count(*)")
    return f"select {figure['part']} as part, {whole} as whole from {figure['rows']}"  # noqa: S608 - of figures.yml


def measure(client: bigquery.Client, datasets: Datasets) -> dict[str, str]:
    """Measure every figure.

    Args:
        client: a client of the project that contains the models.
        datasets: the models' datasets.

    Returns:
        `3 of 30` by label, and `no data` if there are no rows to count.

    Raises:
        google.api_core.exceptions.GoogleAPICallError: BigQuery rejects a query,
            for example because a model is not built.
    """

    def qualify(relation: re.Match[str]) -> str:
        dataset = getattr(datasets, relation[1] or "analytics")
        return f"`{client.project}`.`{dataset}`.`{relation[0]}`"

    found = {}
    for figure in FIGURES:
        (row,) = client.query_and_wait(RELATION.sub(qualify, query(figure)))
        found[figure["label"]] = (
            f"{row['part']:,} of {row['whole']:,}" if row["whole"] else NO_DATA
        )
    return found


def measure_loaded(recordings: Path | None) -> dict[str, str]:
    """Load the company or the recordings, build the models, measure the figures.

    Args:
        recordings: a folder of recorded GitHub responses; None loads the company.

    Returns:
        What `measure` returns.

    Raises:
        RecordingsError: the folder does not contain the recordings.
    """
    if recordings is not None:
        # Before the local BigQuery takes seconds to start.
        read_recordings(recordings)
    with (
        tempfile.TemporaryDirectory() as temporary,
        LocalBigQuery(Path(temporary)) as local,
        Dbt() as dbt,
    ):
        folder, datasets = Path(temporary), Datasets()
        warehouse = Warehouse(local, dbt, folder, datasets._asdict())
        now = (
            load_company(warehouse, folder)[0]
            if recordings is None
            else load_recordings(warehouse, folder, recordings)
        )
        warehouse.dbt(
            "build",
            *("--exclude-resource-type", "unit_test"),
            *("--exclude-resource-type", "test"),
            "--select",
            *(f"+{model}" for model in sorted(models())),
            as_of=str(now),
        )
        return measure(warehouse.client, datasets)


def differences(found: dict[str, str], column: str) -> list[str]:
    """Compare measured figures with those of DECISIONLOG.md.

    Args:
        found: what `measure` returns.
        column: `company` or `recordings`. The recordings may be loaded next to
            other data: lines without data are not compared.

    Returns:
        One line per figure that differs or that only one side has.
    """
    text = DECISIONS.read_text("utf-8")
    decided = {line["label"]: line[column] for line in DECIDED.finditer(text)}
    return [
        f"{label}: {decided.get(label, 'missing')} in DECISIONLOG.md, "
        f"{found.get(label, 'missing')} measured"
        for label in sorted(decided.keys() | found.keys())
        if decided.get(label) != found.get(label)
        and not (column == "recordings" and decided.get(label) == NO_DATA)
    ]


def three_datasets(text: str) -> Datasets:
    """Read the value of `--datasets`.

    Raises:
        argparse.ArgumentTypeError: it does not name three datasets.
    """
    names = text.split(",")
    if len(names) != len(Datasets._fields) or not all(names):
        message = "name three datasets: LINEAR,GITHUB,ANALYTICS"
        raise argparse.ArgumentTypeError(message)
    return Datasets(*names)


def arguments() -> Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--recordings",
        type=Path,
        metavar="FOLDER",
        help="folder of recorded GitHub responses (pulls.jsonl, reviews.jsonl, …)",
    )
    parser.add_argument("--project", help="Google Cloud project of built models")
    parser.add_argument(
        "--datasets",
        type=three_datasets,
        default=Datasets(),
        metavar="LINEAR,GITHUB,ANALYTICS",
        help="datasets of built models (default: linear,github,analytics)",
    )
    parser.add_argument(
        "--api-endpoint", help="address of a local BigQuery with built models"
    )
    parser.add_argument(
        "--compare",
        choices=["company", "recordings"],
        help="print only what differs from this column of DECISIONLOG.md",
    )
    return parser.parse_args()


def main() -> None:
    """Print one line per figure."""
    given = arguments()
    try:
        if given.project is None:
            found = measure_loaded(given.recordings)
        else:
            local = given.api_endpoint and {
                "credentials": AnonymousCredentials(),
                "client_options": {"api_endpoint": given.api_endpoint},
            }
            client = bigquery.Client(project=given.project, **(local or {}))
            found = measure(client, given.datasets)
    except RecordingsError as error:
        sys.exit(f"--recordings: {error}")
    except (GoogleAPICallError, GoogleAuthError) as error:
        sys.exit(f"BigQuery cannot answer: {str(error).splitlines()[0]}")
    if given.compare:
        sys.exit("\n".join(differences(found, given.compare)) or None)
    for label, figure in found.items():
        print(f"{label}: {figure}")


if __name__ == "__main__":
    main()
