"""The Kubernetes manifests run each schedule alone, without rights and without keys."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from read_yaml import read_yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "orchestrate" / "kubernetes"
MANIFESTS = {path.name: read_yaml(path) for path in sorted(FOLDER.glob("*.yaml"))}
SCHEDULES = read_yaml(ROOT / "orchestrate" / "schedules.meltano.yml")["schedules"]
RUNS = [name for name, each in MANIFESTS.items() if each["kind"] in {"CronJob", "Job"}]


def job_of(name: str) -> dict[str, Any]:
    manifest = MANIFESTS[name]
    if manifest["kind"] == "CronJob":
        return dict(manifest["spec"]["jobTemplate"]["spec"])
    return dict(manifest["spec"])


def pod_of(name: str) -> dict[str, Any]:
    return dict(job_of(name)["template"]["spec"])


def instruction(word: str) -> str:
    lines = (ROOT / "orchestrate" / "container" / "Dockerfile").read_text().splitlines()
    return [line.partition(" ")[2] for line in lines if line.startswith(f"{word} ")][-1]


def test_each_schedule_has_one_cron_job_with_its_name_time_and_job() -> None:
    found = {
        each["metadata"]["name"]: (
            each["spec"]["schedule"],
            each["spec"]["timeZone"],
            pod_of(name)["containers"][0]["args"],
        )
        for name, each in MANIFESTS.items()
        if each["kind"] == "CronJob"
    }
    assert found == {
        each["name"]: (each["interval"], "Etc/UTC", [each["job"]]) for each in SCHEDULES
    }


def test_a_run_is_never_joined_by_the_next_one_of_its_schedule() -> None:
    for each in MANIFESTS.values():
        if each["kind"] == "CronJob":
            assert each["spec"]["concurrencyPolicy"] == "Forbid"


def test_runs_of_different_schedules_never_overlap_because_they_share_one_volume() -> (
    None
):
    claim = MANIFESTS["volume.yaml"]
    # Of all pods of the cluster, only one at a time can use such a volume.
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    sources = {
        name: [
            each.get("persistentVolumeClaim", {}).get("claimName")
            for each in pod_of(name)["volumes"]
        ]
        for name in RUNS
    }
    # Shards run at the same time, each in a folder of its own.
    assert sources.pop("shards.yaml") == [None]
    assert len(sources) > 2
    for name, claims in sources.items():
        assert claims == [claim["metadata"]["name"]], name


def test_kustomize_applies_everything_that_does_not_run_at_once() -> None:
    applied = set(MANIFESTS["kustomization.yaml"]["resources"])
    by_hand = {name for name in RUNS if MANIFESTS[name]["kind"] == "Job"}
    assert applied == set(MANIFESTS) - by_hand - {"kustomization.yaml"}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_may_only_write_its_data_folder_and_has_no_rights(name: str) -> None:
    pod = pod_of(name)
    user = int(instruction("USER").partition(":")[0])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == user
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["capabilities"] == {"drop": ["ALL"]}
    folder = f"{instruction('WORKDIR')}/data"
    assert [each["mountPath"] for each in container["volumeMounts"]] == [folder]


@pytest.mark.parametrize("name", RUNS)
def test_a_run_gets_its_settings_by_reference_and_has_limits(name: str) -> None:
    (container,) = pod_of(name)["containers"]
    kinds = {
        kind: each["name"] for ref in container["envFrom"] for kind, each in ref.items()
    }
    assert kinds == {"configMapRef": "throughline", "secretRef": "throughline"}
    assert set(container["resources"]["limits"]) >= {"cpu", "memory"}
    assert not [each for each in MANIFESTS.values() if each["kind"] == "Secret"]


@pytest.mark.parametrize("name", RUNS)
def test_a_stopped_run_has_the_time_that_its_processes_may_take_to_end(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "orchestrate"))
    for module in ("history_warehouse", "processes"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    from history_warehouse import SECONDS  # noqa: PLC0415 - scripts' modules
    from processes import GRACE_SECONDS  # noqa: PLC0415

    # Meltano, SIGTERM to what it left behind, SIGKILL, and two writes of the history.
    needed = 3 * GRACE_SECONDS + 2 * SECONDS
    assert pod_of(name)["terminationGracePeriodSeconds"] > needed
    assert json.loads(instruction("ENTRYPOINT"))[-1].endswith("entrypoint.py")


def test_the_indexed_job_runs_each_shard_in_a_pod_of_its_own() -> None:
    job = job_of("shards.yaml")
    assert job["completionMode"] == "Indexed"
    assert job["completions"] == job["parallelism"] > 1
    assert pod_of("shards.yaml")["containers"][0]["args"] == ["shard"]
    assert "PIPELINE_SHARDS" in MANIFESTS["config.yaml"]["data"]


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_of_the_config_map_is_as_one_that_is_not_set(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ROOT / "orchestrate" / "container" / "entrypoint.py"
    spec = importlib.util.spec_from_file_location("entrypoint", path)
    assert spec is not None
    assert spec.loader is not None
    entrypoint = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec.loader.exec_module(entrypoint)
    monkeypatch.setattr(entrypoint, "ROOT", tmp_path)
    monkeypatch.setattr(entrypoint, "DATA", tmp_path)
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "prod")
    monkeypatch.setenv("MELTANO_STATE_BACKEND_URI", empty)
    monkeypatch.setenv("MELTANO_DATABASE_URI", empty)

    with pytest.raises(SystemExit, match="MELTANO_STATE_BACKEND_URI is not set"):
        entrypoint.environment()

    monkeypatch.setenv("MELTANO_DATABASE_URI", "postgresql://acme")
    found = entrypoint.environment()
    assert found["MELTANO_DATABASE_URI"] == "postgresql://acme"
    # Meltano takes an empty text for an address.
    assert "MELTANO_STATE_BACKEND_URI" not in found
