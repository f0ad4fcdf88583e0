"""Write the parts of the project's files that follow from sources.toml.

Meltano, dbt, GitHub and make read no table of sources, so their files repeat it. Such a
part stands between two comments, and `make definitions` writes what is between them:

    # From sources.toml, by `make definitions`: NAME
    …
    # End of NAME

A name of PARTS says what the lines are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
# The parts of each file, in order.
FILES = {
    ".github/workflows/nightly.yml": ("sources",),
    "Makefile": ("credentials in the sandbox", "addresses in the sandbox"),
    "meltano.yml": (
        "datasets",
        "state in demo",
        "settings in the sandbox",
        "state in dev",
        "taps with a prefix",
        "datasets with a prefix",
        "datasets with a prefix",
        "variables of dbt",
        "state in staging",
        "state in prod",
    ),
    "orchestrate/jobs.meltano.yml": ("jobs",),
    "orchestrate/schedules.meltano.yml": ("schedules",),
    "orchestrate/utilities.meltano.yml": (
        "settings of the datasets",
        "commands of the schedules",
    ),
    "pyproject.toml": (
        "tests of the taps",
        "tests of the taps",
        "packages of the taps",
    ),
    "transform/dbt_project.yml": (
        "staging models",
        "only if configured",
        "only if configured",
    ),
    "transform/transformers.meltano.yml": ("settings of the datasets",),
}
PART = re.compile(
    r"^(?P<indent> *)# From sources\.toml, by `make definitions`: (?P<name>.+)\n"
    r"(?P<lines>(?:(?! *# (?:From sources\.toml|End of )).*\n)*)"
    r"(?P=indent)# End of (?P=name)\n",
    re.MULTILINE,
)
SANDBOX = "http://127.0.0.1:9070"
# Of each environment: the project, and what it writes before each dataset. Meltano
# expands `state_id_suffix` before the `env` of an environment.
DESTINATIONS = {
    "demo": ("throughline-local", ""),
    "dev": ("${BIGQUERY_PROJECT}", "${DEV_PREFIX}_"),
    "staging": ("${BIGQUERY_PROJECT}", "staging_"),
    "prod": ("${BIGQUERY_PROJECT}", ""),
}
WIDTH = 76  # of a folded text, without its indentation


class Source(NamedTuple):
    """A source, as the lines need it.

    Attributes:
        name: Its name in sources.toml.
        title: Its name in messages.
        taps: Its extractor, and the one that looks for deleted rows if there is one.
        optional: Whether nothing mentions it as long as it is not configured.
        schedule: When it is read, if it has a schedule of its own.
        sandbox: The settings of the tap in the sandbox; an address begins with `/`.
    """

    name: str
    title: str
    taps: tuple[str, ...]
    optional: bool
    schedule: str | None
    sandbox: dict[str, str]

    @property
    def job(self) -> str:
        """The name in the names of jobs, commands and schedules."""
        return self.name.replace("_", "-")

    @property
    def dataset(self) -> str:
        """The variable of the dataset without the prefix of an environment."""
        return f"{self.name.upper()}_DATASET"

    @property
    def credentials(self) -> dict[str, str]:
        """The variables that configure the source in the sandbox."""
        return {
            f"{self.name}_{setting}".upper(): value
            for setting, value in self.sandbox.items()
            if value and not value.startswith("/")
        }

    def variable(self, setting: str) -> str:
        """Return Meltano's variable of a setting of the tap."""
        return f"{self.taps[0]}_{setting}".upper().replace("-", "_")


def read(table: dict[str, Any]) -> list[Source]:
    """Return the sources of a table.

    Args:
        table: The content of sources.toml.
    """
    return [
        Source(
            name=name,
            title=entry["title"],
            taps=tuple(entry[key] for key in ("tap", "reconcile") if key in entry),
            optional=entry.get("optional", False),
            schedule=entry.get("schedule"),
            sandbox=entry["sandbox"],
        )
        for name, entry in table.items()
    ]


def folded(words: list[str]) -> list[str]:
    """Return words as the lines of a folded YAML text."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def state_id_suffix(environment: str) -> Callable[[list[Source]], list[str]]:
    """Return what writes the `state_id_suffix` of an environment."""
    project, prefix = DESTINATIONS[environment]

    def lines(sources: list[Source]) -> list[str]:
        datasets = [f".{prefix}${{{source.dataset}}}" for source in sources]
        overrides = ["PROJECT", "DATASET", "SHARD"]
        variables = [
            *(f"${{TARGET_BIGQUERY_{name}}}" for name in overrides),
            *(f"${{{source.variable('_load_schema')}}}" for source in sources),
        ]
        return [f"state_id_suffix: {''.join([project, *datasets, *variables])}"]

    return lines


def settings_in_the_sandbox(sources: list[Source]) -> list[str]:
    """Return the extractors of the environment `demo`."""
    lines = []
    for source in sources:
        lines += [f"- name: {source.taps[0]}", "  config:"]
        for setting, value in source.sandbox.items():
            shown = f"{SANDBOX}{value}" if value.startswith("/") else value
            # Text, although it looks like a list or like nothing.
            quoted = f'"{shown}"' if shown in {"", "[]"} else shown
            lines.append(f"    {setting}: {quoted}")
    return lines


def credentials_in_the_sandbox(sources: list[Source]) -> list[str]:
    """Return the lines of the Makefile that configure the optional sources."""
    return [
        f"export {name} := {value}"
        for source in sources
        if source.optional
        for name, value in source.credentials.items()
    ]


def addresses_in_the_sandbox(sources: list[Source]) -> list[str]:
    """Return the lines of the Makefile for another port of the sandbox."""
    return [
        f"export {source.variable(setting)} ?= $(API){value}"
        for source in sources
        for setting, value in source.sandbox.items()
        if value.startswith("/")
    ]


def settings_of_the_datasets(sources: list[Source]) -> list[str]:
    """Return the settings of a plugin that reads every dataset."""
    return [
        line
        for source in sources
        for line in (
            f"- name: {source.name}_dataset",
            f"  label: {source.title} dataset",
            f"  value: ${{DATASET_PREFIX}}${{{source.dataset}}}",
        )
    ]


def variables_of_dbt(sources: list[Source]) -> list[str]:
    """Return the variables that dbt's errors name in the environment `dev`."""
    names = ("PROJECT", "LOCATION", "CREDENTIALS_PATH", "CREDENTIALS_JSON")
    settings = {name.lower(): f"BIGQUERY_{name}" for name in names}
    datasets = [f"{source.name}_dataset" for source in sources]
    settings |= dict.fromkeys([*datasets, "analytics_dataset"], "DEV_PREFIX")
    words = [f"{setting}={variable}" for setting, variable in settings.items()]
    return ["DBT_BIGQUERY_VARIABLES: >-", *(f"  {line}" for line in folded(words))]


def commands_of_the_schedules(sources: list[Source]) -> list[str]:
    """Return the commands of the plugin `pipeline` that read one source."""
    return [
        line
        for source in sources
        if source.schedule
        for line in (
            f"{source.job}:",
            f"  args: scheduled --source {source.name}",
            "  description: >-",
            f"    Sync {source.title}, if it is configured, and build the models.",
        )
    ]


def jobs(sources: list[Source]) -> list[str]:
    """Return the job of each source, and that of each schedule of a source."""
    found = {
        f"{source.job}-to-bigquery": f"{source.taps[0]} target-bigquery"
        for source in sources
    }
    found |= {each.job: f"pipeline:{each.job}" for each in sources if each.schedule}
    return [
        line
        for name, task in found.items()
        for line in (f"- name: {name}", "  tasks:", f"  - {task}")
    ]


def schedules(sources: list[Source]) -> list[str]:
    """Return the schedules of single sources."""
    return [
        line
        for source in sources
        if source.schedule
        for line in (
            f"- name: {source.job}",
            f"  job: {source.job}",
            f'  interval: "{source.schedule}"',
        )
    ]


def _if_configured(source: Source) -> list[str]:
    variable = f"env_var('DBT_BIGQUERY_{source.dataset}', '')"
    return ["  +enabled: >-", f"    {{{{ ({variable} != '') | as_bool }}}}"]


def staging_models(sources: list[Source]) -> list[str]:
    """Return dbt's configuration of the staging models of each source."""
    lines = []
    for source in sources:
        default = ", ''" if source.optional else ""
        variable = f"env_var('DBT_BIGQUERY_{source.dataset}'{default})"
        lines += [f"{source.name}:", f'  +schema: "{{{{ {variable} }}}}"']
        lines += _if_configured(source) if source.optional else []
        lines.append(f"  +labels: {{layer: staging, source: {source.name}}}")
    return lines


def only_if_configured(sources: list[Source]) -> list[str]:
    """Return dbt's configuration that leaves out what no optional source has."""
    return [
        line
        for source in sources
        if source.optional
        for line in (f"{source.name}:", *_if_configured(source))
    ]


PARTS: dict[str, Callable[[list[Source]], list[str]]] = {
    "addresses in the sandbox": addresses_in_the_sandbox,
    "commands of the schedules": commands_of_the_schedules,
    "credentials in the sandbox": credentials_in_the_sandbox,
    "datasets": lambda sources: [
        f"{source.dataset}: {source.name}" for source in sources
    ],
    "datasets with a prefix": lambda sources: [
        f"{source.name}_dataset: ${{DEV_PREFIX}}_${{{source.dataset}}}"
        for source in sources
    ],
    "jobs": jobs,
    "only if configured": only_if_configured,
    "packages of the taps": lambda sources: [
        f'"{source.taps[0].replace("-", "_")}",' for source in sources
    ],
    "schedules": schedules,
    "settings in the sandbox": settings_in_the_sandbox,
    "settings of the datasets": settings_of_the_datasets,
    "sources": lambda sources: [
        f"options: [{', '.join(['all', *(source.name for source in sources)])}]"
    ],
    "staging models": staging_models,
    "taps with a prefix": lambda sources: [
        line
        for source in sources
        for tap in source.taps
        for line in (
            f"- name: {tap}",
            f"  load_schema: ${{DEV_PREFIX}}_${{{source.dataset}}}",
        )
    ],
    "tests of the taps": lambda sources: [
        f'"extract/{source.taps[0]}/tests",' for source in sources
    ],
    "variables of dbt": variables_of_dbt,
    **{f"state in {name}": state_id_suffix(name) for name in DESTINATIONS},
}


def written(text: str, sources: list[Source]) -> str:
    """Return a file with its parts as they must be.

    Args:
        text: The file.
        sources: The sources.

    Raises:
        SystemExit: A part has an unknown name.
    """

    def part(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in PARTS:
            message = f"no part of sources.toml is named {name!r}"
            raise SystemExit(message)
        first, *_, last = found[0].splitlines()
        body = [f"{found['indent']}{line}" for line in PARTS[name](sources)]
        return "\n".join([first, *body, last, ""])

    return PART.sub(part, text)


def files(table: dict[str, Any]) -> dict[Path, str]:
    """Return the files with such parts, as they must be.

    Args:
        table: The content of sources.toml.

    Raises:
        SystemExit: A comment around a part is missing or damaged; with one line.
    """
    sources = read(table)
    found = {}
    for name, parts in FILES.items():
        path = ROOT / name
        text = path.read_text("utf-8")
        if tuple(part["name"] for part in PART.finditer(text)) != parts:
            message = (
                f"{name}: restore the comments `# From sources.toml, by …` and"
                f" `# End of …` of its parts: {', '.join(parts)}"
            )
            raise SystemExit(message)
        found[path] = written(text, sources)
    return found
