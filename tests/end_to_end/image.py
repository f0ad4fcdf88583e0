"""Follows a Dockerfile in a folder, because no container engine is needed for that.

It supports the instructions that orchestrate/container/Dockerfile uses, and nothing
else. All stages share one folder: what `COPY --from` copies has the same path in both
stages. The base image is this machine.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

IN_THE_IMAGE = "/throughline"
# A package that the machine has already is not downloaded again, and nothing is
# compiled: both take a minute and change no behavior.
OF_THE_MACHINE = {
    "PIP_NO_CACHE_DIR",
    "UV_COMPILE_BYTECODE",
    "UV_LINK_MODE",
    "UV_NO_CACHE",
}


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Tell whether a .dockerignore excludes a file: by its path or by a folder's."""
    path = PurePosixPath(name)
    for each in (path, *path.parents):
        for pattern in patterns:
            anywhere = pattern.removeprefix("**/")
            subject = each.name if anywhere != pattern else str(each)
            if fnmatch.fnmatchcase(subject, anywhere):
                return True
    return False


def build_context(project: Path) -> list[str]:
    """List the files of a clone that `docker build` sends to its engine."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    lines = (project / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [
        name
        for name in listed
        if (project / name).is_file() and not is_ignored(name, patterns)
    ]


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Read the instructions of a Dockerfile: each with its arguments."""
    text = dockerfile.read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@dataclass
class Image:
    """What a Dockerfile makes.

    Attributes:
        root: The folder that is `/throughline` in the image.
        environment: The variables of the image.
        user: The number of the user that runs it.
        entrypoint: The command that starts it.
        arguments: What the command gets if nothing else is given.
    """

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: int = 0
    entrypoint: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    def follow(self, dockerfile: Path, project: Path, search_path: str) -> None:
        """Do what each instruction says.

        Args:
            dockerfile: The Dockerfile.
            project: The folder of the build context.
            search_path: PATH of the commands; the image's Python is `python3` there.
        """
        for word, rest in instructions(dockerfile):
            match word:
                case "FROM":  # the next stage starts without variables
                    self.environment = {}
                case "WORKDIR":
                    assert rest == IN_THE_IMAGE
                    self.root.mkdir(exist_ok=True)
                case "COPY":
                    self._copy(shlex.split(rest), project)
                case "ENV":
                    pairs = (each.partition("=") for each in shlex.split(rest))
                    self.environment |= {name: value for name, _, value in pairs}
                case "RUN":
                    self._run(rest, search_path)
                case "USER":
                    self.user = int(rest.partition(":")[0])
                case "ENTRYPOINT":
                    words = json.loads(rest)
                    self.entrypoint = [
                        each.replace(IN_THE_IMAGE, str(self.root)) for each in words
                    ]
                case "CMD":
                    self.arguments = json.loads(rest)
                case _:
                    message = f"the test cannot follow {word}"
                    raise NotImplementedError(message)

    def _copy(self, words: list[str], project: Path) -> None:
        options = dict(each[2:].split("=") for each in words if each.startswith("--"))
        source, target = (each for each in words if not each.startswith("--"))
        if "from" not in options:
            assert (source, target) == (".", ".")
            for name in build_context(project):
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(project / name, self.root / name)
            for link in project.glob("extract/*/src/*/common"):
                copied = self.root / link.relative_to(project)
                if link.is_symlink() and not copied.exists():
                    copied.symlink_to(link.readlink())
            return
        copied = self.root / PurePosixPath(source).relative_to(IN_THE_IMAGE)
        assert copied == self.root / target
        assert copied.exists()
        if "chown" in options and os.geteuid() == 0:
            user, group = map(int, options["chown"].split(":"))
            for path in (copied, *copied.rglob("*")):
                os.chown(path, user, group)

    def _run(self, script: str, search_path: str) -> None:
        kept = {name: self.environment[name] for name in self.environment}
        of_python = re.compile("^(PYTHON|VIRTUAL_ENV|MELTANO|UV_|COVERAGE)")
        subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.root,
            env={
                **{k: v for k, v in os.environ.items() if not of_python.match(k)},
                **{k: v for k, v in kept.items() if k not in OF_THE_MACHINE},
                "PATH": search_path,
            },
            check=True,
            stdin=subprocess.DEVNULL,
        )

    def start(
        self, *arguments: str, search_path: str, **variables: str
    ) -> subprocess.Popen[str]:
        """Start a container: only `data` can be written.

        Args:
            arguments: What follows the image's name.
            search_path: PATH.
            variables: Other variables.
        """
        user = self.user if os.geteuid() == 0 else None
        return subprocess.Popen(
            [*self.entrypoint, *(arguments or self.arguments)],
            cwd=self.root,
            env={**self.environment, "PATH": search_path, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
