"""The model for the tests, and what is kept of it when one fails."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import jubilant
import pytest

from lab import Lab
from lxd import Lxd

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "consumer"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be told on the command line."""
    machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True)
    charm = ROOT / "dist" / f"lxd-integrator_{machine.stdout.strip()}.charm"
    logs = ROOT / "target" / "integration"
    add = parser.addoption
    add("--charm", type=pathlib.Path, default=charm, help="the archive, of build-charm.sh")
    add("--consumer", type=pathlib.Path, help="the example's archive, if it is built")
    add("--logs", type=pathlib.Path, default=logs, help="where they go when a test fails")
    add("--keep-models", action="store_true", help="do not remove the models")
    add("--pause", type=float, default=5, help="seconds between two looks")
    add("--patience", type=float, default=1200, help="seconds to wait for one thing")


@pytest.fixture(scope="session")
def consumer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The example of a consumer as an archive, with ops in it."""
    built: pathlib.Path | None = request.config.getoption("--consumer")
    if built:
        return built
    folder = tmp_path_factory.mktemp("consumer")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder / "venv"]
    subprocess.run([*install, "ops==3.9.0"], check=True)
    archive = folder / "consumer.charm"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as charm:
        for base in (EXAMPLE, folder):
            for path in sorted(base.rglob("*")):
                if path.is_file() and path != archive:
                    charm.write(path, path.relative_to(base))
    return archive


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, consumer: pathlib.Path) -> Iterator[Lab]:
    """A model of its own on the LXD."""

    def option(name: str) -> Any:
        return request.config.getoption(name)

    lxd = Lxd()
    before = lxd.store()
    hurry = {"update-status-hook-interval": "1m"}
    with jubilant.temp_model(keep=option("--keep-models"), config=hurry) as juju:
        lab = Lab(
            juju=juju,
            lxd=lxd,
            before=before,
            charm=option("--charm"),
            consumer=consumer,
            logs=option("--logs"),
            pause=option("--pause"),
            patience=option("--patience"),
        )
        yield lab
        if request.session.testsfailed:
            keep(lab)


@pytest.fixture(scope="session")
def neighbour(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Lab]:
    """A second model, whose charms use what the first one offers."""
    with jubilant.temp_model(keep=bool(request.config.getoption("--keep-models"))) as juju:
        neighbour = dataclasses.replace(lab, juju=juju)
        yield neighbour
        if request.session.testsfailed:
            keep(neighbour)


def keep(lab: Lab) -> None:
    """Writes down how the model is, before it goes."""
    logs = lab.logs
    logs.mkdir(parents=True, exist_ok=True)
    name = (lab.juju.model or "").rpartition(":")[2]
    for kind, command in (
        ("status.yaml", ["status", "--relations", "--format", "yaml"]),
        ("log", ["debug-log", "--replay", "--no-tail"]),
    ):
        try:
            text = lab.juju.cli(*command)
        except jubilant.CLIError as error:
            text = str(error)
        (logs / f"{name}.{kind}").write_text(text)
    (logs / f"{name}.trust").write_text("".join(f"{e} {n}\n" for e, n in lab.lxd.store().items()))
