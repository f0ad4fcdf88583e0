"""The workflows give away no key, stop no sync, and report each failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from workflow_files import (
    ACTIONS,
    CALLED,
    GITHUB,
    PIPELINES,
    WORKFLOWS,
    called_by,
    concurrency,
    given,
    load,
    run_of_the_pipeline,
    run_step,
    runs,
    steps,
)

SOURCES = tomllib.loads((GITHUB.parent / "sources.toml").read_text("utf-8"))
FILES = {**WORKFLOWS, **ACTIONS}
ACTIONLINT = Path(sys.executable).with_name("actionlint")


@pytest.mark.parametrize("name", FILES)
def test_every_action_is_ours_or_pinned_by_commit(name: str) -> None:
    jobs = load(FILES[name]).get("jobs", {}).values()
    for each in (*steps(FILES[name]), *jobs):
        action, _, commit = each.get("uses", "$/").partition("@")
        if action.startswith("$/"):
            assert (GITHUB.parent / action[2:]).exists()
        else:
            assert len(commit) == 40
            assert int(commit, 16)


@pytest.mark.skipif(not ACTIONLINT.exists(), reason="no package for this machine")
@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("", "", ""),
        ("needs.run.outputs.cause", "needs.run.outputs.line", 'property "line" is not'),
        ("outcome: ${{ steps", "result: ${{ steps", 'input "result" is not defined'),
        ("runs-on: ubuntu-latest", "runs-on: ubuntu-newest", "ubuntu-newest"),
    ],
)
def test_actionlint_finds_a_mistake_in_a_workflow_and_none_in_ours(
    right: str, wrong: str, found: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(GITHUB, tmp_path / ".github")
    (tmp_path / ".git").mkdir()
    path = folder / "workflows" / "pipeline.yml"
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1) if right else text)
    done = subprocess.run(
        [ACTIONLINT, "-pyflakes=", "-shellcheck="],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found in done.stdout
    assert done.returncode == int(bool(found)), done.stdout


@pytest.mark.parametrize("name", FILES)
def test_no_command_of_a_workflow_contains_a_template(name: str) -> None:
    commands = [step["run"] for step in steps(FILES[name]) if "run" in step]
    assert commands or name == "weekly-reconcile.yml"
    assert not [command for command in commands if "${{" in command]


@pytest.mark.parametrize("workflow", sorted(set(WORKFLOWS) - {"release.yml"}))
def test_each_job_gets_only_the_permissions_that_it_needs(workflow: str) -> None:
    found = load(WORKFLOWS[workflow])
    if workflow == "ci.yml":
        assert found["permissions"] == {"contents": "read"}
        assert not [job for job in found["jobs"].values() if "permissions" in job]
        return
    assert found["permissions"] == {}
    if workflow == "audit.yml":
        (job,) = found["jobs"].values()
        assert job["permissions"] == {"contents": "read"}
        return
    for name, job in found["jobs"].items():
        if name == "source":
            assert job["permissions"] == {}
            continue
        if name == "publish":
            assert job["permissions"] == {"pages": "write", "id-token": "write"}
            continue
        expected = {"contents": "read"}
        if name != "notify":
            expected["id-token"] = "write"
        # A job that calls a workflow grants what the jobs of that workflow need.
        if name == "notify" or called_by(job):
            expected["issues"] = "write"
        assert job["permissions"] == expected


@pytest.mark.parametrize("workflow", sorted({*PIPELINES, "pipeline.yml"}))
def test_a_call_grants_what_the_jobs_of_the_called_workflow_need(workflow: str) -> None:
    calls = [
        job for job in load(WORKFLOWS[workflow])["jobs"].values() if called_by(job)
    ]
    assert calls
    for call in calls:
        jobs = load(WORKFLOWS[called_by(call)])["jobs"]
        for job in jobs.values():
            assert job["permissions"].items() <= call["permissions"].items()
        # Otherwise the secrets of the environment are empty in the called workflow.
        assert call["secrets"] == "inherit"


@pytest.mark.parametrize("workflow", PIPELINES)
def test_a_sync_that_runs_is_not_canceled_by_the_next_one(workflow: str) -> None:
    found = concurrency(workflow)
    assert found["cancel-in-progress"] is False
    groups = {concurrency(each)["group"] for each in PIPELINES}
    assert groups == {found["group"]}


@pytest.mark.parametrize("workflow", PIPELINES)
def test_a_run_does_not_wait_for_its_own_workflow(workflow: str) -> None:
    """GitHub cancels a job that waits for a group that its own workflow holds."""
    if own := load(WORKFLOWS[workflow]).get("concurrency"):
        groups = [job["concurrency"]["group"] for job in runs(workflow)[-1:]]
        assert groups == ["${{ github.run_id }}"]
        assert own["group"] not in groups


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_job_has_a_limit_of_time(workflow: str) -> None:
    for job in load(WORKFLOWS[workflow])["jobs"].values():
        if called_by(job):
            assert called_by(job) in CALLED
            continue
        # GitHub ends a job on its own machines after six hours.
        assert 0 < job["timeout-minutes"] < 360


@pytest.mark.parametrize("workflow", PIPELINES)
def test_a_sync_that_takes_too_long_leaves_time_to_upload_its_logs(
    workflow: str,
) -> None:
    for job in runs(workflow):
        assert run_step(job)["timeout-minutes"] + 15 <= job["timeout-minutes"]
        upload = job["steps"][-1]
        assert upload["uses"].endswith("/actions/artifacts")
        assert upload["if"].startswith("always() && ")


# What a run by hand of nightly.yml chooses.
CHOICES = {"run": {"VERB": "run"}, "sync": {"VERB": "sync", "SOURCE": "linear"}}


@pytest.mark.parametrize("workflow", PIPELINES)
@pytest.mark.parametrize("choice", CHOICES)
def test_a_step_fails_with_its_program_although_its_output_is_copied(
    workflow: str, choice: str, tmp_path: Path
) -> None:
    for name in ("make", "orchestrate/shard.py"):
        program = tmp_path / name
        program.parent.mkdir(exist_ok=True)
        program.write_text('#!/bin/sh\necho "$@"\nexit 3\n')
        program.chmod(0o755)
    for job in runs(workflow):
        step = run_step(job)
        assert step["shell"] == "bash"
        chosen = CHOICES[choice] if workflow == "nightly.yml" else {}
        # GitHub's options for `shell: bash`:
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env={
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                **given(step),
                "INDEX": "0",
                **chosen,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3, done.stderr
        log = (tmp_path / "output" / "pipeline.log").read_text()
        assert log == done.stdout
        if workflow == "nightly.yml" and choice == "sync":
            assert log == "--keep-going sync-linear dbt\n"


@pytest.mark.parametrize("workflow", PIPELINES)
def test_the_steps_that_install_have_no_credential(workflow: str) -> None:
    (install,) = [step for step in steps(ACTIONS["install"]) if "run" in step]
    for token in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        assert f"-u {token}" in install["run"]
    found = load(WORKFLOWS[workflow])
    for job in runs(workflow):
        assert "secrets." not in str({**found.get("env", {}), **job["env"]})
        used = [step.get("uses", "") for step in job["steps"]]
        (google,) = [each for each in used if each.startswith("google-github-actions/")]
        assert used.index("$/.github/actions/install") < used.index(google)
        assert "env" not in job["steps"][used.index("$/.github/actions/install")]


@pytest.mark.parametrize("workflow", PIPELINES)
def test_the_usual_credential_of_each_source_reaches_the_job_that_reads_it(
    workflow: str,
) -> None:
    envs = [run_step(job).get("env", {}) for job in runs(workflow)]
    for source in SOURCES.values():
        # Only Linear and GitHub can have shards.
        reader = envs[-1 if source.get("optional") else 0]
        name = source["credentials"][0]
        assert reader[name].startswith("${{ secrets.")
        assert [env for env in envs if env.get(name)] == [reader]


@pytest.mark.parametrize("workflow", PIPELINES)
def test_a_job_that_has_the_key_of_a_source_also_has_what_limits_the_source(
    workflow: str,
) -> None:
    limits = {
        "GITHUB_TOKEN": {"GITHUB_ORGANIZATIONS", "GITHUB_REPOSITORIES"},
        "NOTION_ACCESS_TOKEN": {"NOTION_DATA_SOURCES"},
    }
    for job in runs(workflow):
        keys = run_step(job).get("env", {})
        for name in limits.keys() & keys:
            # A shard has its own limits in PIPELINE_SHARDS.
            assert "PIPELINE_SHARDS" in keys or limits[name] <= set(job["env"])


@pytest.mark.parametrize(
    ("key", "own", "command"),
    [
        ("", "false", "dbt"),
        *(
            (each["credentials"][0], own, command)
            for each in SOURCES.values()
            if each.get("optional")
            for own, command in (("false", "run SOURCE="), ("true", "dbt"))
        ),
    ],
)
def test_after_the_shards_a_source_that_nothing_else_reads_is_read_before_the_models(
    key: str, own: str, command: str, tmp_path: Path
) -> None:
    program = tmp_path / "make"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    step = run_step(runs("nightly-shards.yml")[-1])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            # GitHub gives a secret that does not exist an empty value.
            **given(step),
            **({key: "key"} if key else {}),
            "PIPELINE_OWN_SCHEDULES": own,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{command}\n", done.stderr


def test_a_manual_run_chooses_the_environment_the_source_and_a_full_refresh() -> None:
    inputs = load(WORKFLOWS["nightly.yml"])[True]["workflow_dispatch"]["inputs"]
    assert set(inputs) == {"environment", "source", "full_refresh"}
    assert inputs["source"]["options"] == ["all", *SOURCES]
    call = load(WORKFLOWS["nightly.yml"])["jobs"]["run"]["with"]
    one_source = "inputs.source && inputs.source != 'all'"
    assert call["verb"] == f"${{{{ {one_source} && 'sync' || 'run' }}}}"
    assert call["source"] == f"${{{{ {one_source} && inputs.source || '' }}}}"
    assert call["full_refresh"] == "${{ inputs.full_refresh || false }}"
    project = load(GITHUB.parent / "meltano.yml")
    names = {each["name"] for each in project["environments"]}
    assert set(inputs["environment"]["options"]) <= names


@pytest.mark.parametrize("workflow", sorted({*PIPELINES, "pipeline.yml"}))
def test_every_failure_of_a_run_is_reported_under_the_name_of_its_schedule(
    workflow: str,
) -> None:
    jobs = load(WORKFLOWS[workflow])["jobs"]
    names = {"${{ inputs.job }}", workflow.removesuffix(".yml")}
    for job in jobs.values():
        if called_by(job):
            assert job["with"]["job"] in names
    # pipeline.yml reports the failures of its own jobs.
    others = [
        name
        for name, job in jobs.items()
        if name != "notify" and called_by(job) != "pipeline.yml"
    ]
    assert ("notify" in jobs) == bool(others)
    if not others:
        return
    notify = jobs["notify"]
    assert called_by(notify) == "notify.yml"
    assert [notify["needs"]] == others
    # Without the wish to publish the page, `publish` is skipped.
    failed = "== 'failure'" if others == ["publish"] else "!= 'success'"
    assert notify["if"] == f"always() && needs.{others[0]}.result {failed}"


def test_the_report_of_a_failure_has_the_name_and_the_cause_that_the_caller_gives() -> (
    None
):
    (job,) = load(WORKFLOWS["notify.yml"])["jobs"].values()
    send = job["steps"][-1]
    assert send["env"]["NOTIFY_JOB"] == "${{ inputs.job }}"
    assert send["env"]["NOTIFY_ENVIRONMENT"] == "${{ inputs.environment }}"
    assert send["env"]["NOTIFY_CAUSE"] == "${{ inputs.cause }}"
    assert (GITHUB.parent / send["run"].split()[0]).stat().st_mode & 0o100
    calls = {
        "pipeline.yml": "${{ needs.run.outputs.cause }}",
        "nightly-shards.yml": "${{ needs.shard.outputs.cause }}",
    }
    for workflow, cause in calls.items():
        notify = load(WORKFLOWS[workflow])["jobs"]["notify"]
        assert notify["with"]["cause"] == cause


def test_the_shards_of_the_matrix_run_at_the_same_time_and_without_each_other() -> None:
    shard, models = runs("nightly-shards.yml")
    assert shard["strategy"]["fail-fast"] is False
    assert shard["strategy"]["max-parallel"] > 1
    assert shard["strategy"]["matrix"] == {
        "shard": "${{ fromJSON(vars.PIPELINE_SHARDS) }}"
    }
    assert run_step(shard)["env"]["INDEX"] == "${{ strategy.job-index }}"
    assert 'orchestrate/shard.py "$INDEX"' in run_step(shard)["run"]
    assert models["needs"] == "shard"
    assert models["if"].startswith("always() && ")


def test_the_page_is_published_only_on_request_after_a_good_run_and_without_keys() -> (
    None
):
    jobs = load(WORKFLOWS["nightly.yml"])["jobs"]
    publish = jobs["publish"]
    (download,) = [
        step["with"]
        for step in publish["steps"]
        if step.get("uses", "").startswith("actions/download-artifact@")
    ]
    (name,) = [
        step["with"]["name"]
        for step in run_of_the_pipeline(jobs["run"])["steps"]
        if step.get("uses") == "$/.github/actions/artifacts"
    ]

    assert publish["needs"] == "run"
    # Without always() or failure(), a job needs the success of the one before it.
    assert publish["if"].split(" && ")[:2] == [
        "vars.PIPELINE_PAGE == 'true'",
        "vars.PIPELINE_PUBLISH_PAGE == 'true'",
    ]
    assert "||" not in publish["if"].replace("(inputs.environment || 'prod')", "")
    assert "secrets." not in str(publish)
    assert download["name"] == f"page-{name}"
