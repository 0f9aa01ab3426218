"""The files that the tests look at."""

from __future__ import annotations

import pathlib
import platform
import re
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
ARCHIVES = sorted((ROOT / "dist").glob(f"*_{ARCH}.charm"))


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
