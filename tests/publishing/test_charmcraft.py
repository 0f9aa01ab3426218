"""Charmcraft takes the project, and finds no fault with the archives."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import zipfile
from typing import Any

import pytest
import yaml

from project import ARCHIVES, ROOT, bases, read_yaml

# What each linter has to find. Only `naming-conventions` is not followed: the options have underscores, as in the charm
# in Python that this one replaces, and a renamed option would lose what the operator has set.
EXPECTED = {
    "additional-files": "nonapplicable",
    "entrypoint": "nonapplicable",
    "framework": "unknown",
    "juju-actions": "ok",
    "juju-config": "ok",
    "language": "unknown",
    "metadata": "ok",
    "naming-conventions": "warning",
    "ops-main-call": "nonapplicable",
    "pip-check": "nonapplicable",
    "pydeps": "nonapplicable",
}


def charmcraft(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it where it may write what it likes."""
    folder.chmod(0o700)
    environment = os.environ | {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    command = ["charmcraft", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: pathlib.Path) -> dict[str, Any]:
    """What Charmcraft makes of the four files."""
    for name in ("charmcraft.yaml", "metadata.yaml", "config.yaml", "actions.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    expanded = charmcraft(tmp_path, "expand-extensions")
    assert expanded.returncode == 0, expanded.stderr
    return yaml.safe_load(expanded.stdout)


def test_it_takes_the_project(project: dict[str, Any]) -> None:
    assert project["name"] == "lxd-integrator"
    assert project["config"] == read_yaml("config.yaml")
    assert project["actions"] == read_yaml("actions.yaml")


def test_the_platforms_are_bases_of_the_charm(project: dict[str, Any]) -> None:
    named = {platform.split("@")[1].split(":")[0] for platform in project["platforms"]}
    assert named <= set(bases())


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.name)
def test_the_linters(archive: pathlib.Path, tmp_path: pathlib.Path) -> None:
    # In JSON it tells of each, and does not heed what is to be ignored.
    analysed = charmcraft(tmp_path, "analyse", "--format", "json", str(archive))
    assert {result["name"]: result["result"] for result in json.loads(analysed.stdout)} == EXPECTED
    analysed = charmcraft(tmp_path, "analyse", "--ignore", "naming-conventions", str(archive))
    assert analysed.returncode == 0, analysed.stderr


@pytest.mark.parametrize("archive", ARCHIVES[:1], ids=lambda archive: archive.name)
def test_the_part_primes_the_charm(archive: pathlib.Path, tmp_path: pathlib.Path, project: dict[str, Any]) -> None:
    """The script of the part, with the archive already built."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for path, text in ((tools / "rustup", ""), (tmp_path / "build-charm.sh", f"echo {archive}")):
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    prime = tmp_path / "prime"
    prime.mkdir()
    script = project["parts"]["lxd-integrator"]["override-build"]
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "CRAFT_PART_INSTALL": str(prime)}
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=environment, check=True)
    packed = {str(path.relative_to(prime)) for path in prime.rglob("*") if path.is_file()}
    of_charmcraft = {"manifest.yaml", "metadata.yaml", "config.yaml", "actions.yaml"}
    assert packed == set(zipfile.ZipFile(archive).namelist()) - of_charmcraft
    hook = prime / "hooks" / "install"
    assert not hook.is_symlink()
    assert hook.stat().st_mode & 0o111 == 0o111
    started = subprocess.run(["hooks/install"], cwd=prime, capture_output=True, text=True)
    assert started.returncode == 2, started
    assert "lxd-integrator" in started.stderr


def test_there_are_archives() -> None:
    assert len(ARCHIVES) >= 2, "run ./build-charm.sh first"
