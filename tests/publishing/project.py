"""The files that the tests look at."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARCHIVES = sorted((ROOT / "dist").glob("*_amd64.charm")) + sorted((ROOT / "dist").glob("*_arm64.charm"))


def read(name: str) -> str:
    """A file of the project."""
    return (ROOT / name).read_text()


def read_yaml(name: str) -> Any:
    """The same, understood."""
    return yaml.safe_load(read(name))


def options() -> list[str]:
    """The charm's options."""
    return list(read_yaml("config.yaml")["options"])


def bases() -> list[str]:
    """The releases in the manifest for Juju 3 and 4."""
    (found,) = re.findall(r'^pack "lxd-integrator_\$arch\.charm" (\S+)$', read("build-charm.sh"), re.MULTILINE)
    return found.split(",")
