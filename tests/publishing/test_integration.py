"""The integration test, in a dry run: the plan of its commands, and that it notices when a promise is broken."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

from project import ROOT

INTEGRATION = ROOT / "tests" / "integration"


def dry_run(folder: pathlib.Path, fault: str = "") -> subprocess.CompletedProcess[str]:
    """Runs it with the Juju that records."""
    path = f"{INTEGRATION / 'fake'}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "FAKE_FOLDER": str(folder), "FAKE_FAULT": fault}
    archives = ["--charm=/dist/lxd-integrator.charm", "--consumer=/dist/consumer.charm"]
    options = [*archives, f"--logs={folder}/logs", "--pause=0", f"--patience={2 if fault else 60}"]
    command = [sys.executable, "-m", "pytest", str(INTEGRATION), *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_plan(tmp_path: pathlib.Path) -> None:
    """What Juju is asked for, in order."""
    run = dry_run(tmp_path)
    assert run.returncode == 0, run.stdout
    plan = "".join(f"{line.rstrip()}\n" for line in (tmp_path / "plan").read_text().splitlines())
    assert plan == (INTEGRATION / "plan.txt").read_text()


@pytest.mark.parametrize(
    ("fault", "test", "complaint"),
    [
        ("never-active", "test_trust", "1 of lxd-integrator: active"),
        ("ignores-suspension", "test_offer", "1 new entries"),
        ("leaves-entries", "test_offer", "1 new entries"),
        ("touches-others", "test_removal", "somebody"),
    ],
)
def test_a_broken_promise(tmp_path: pathlib.Path, fault: str, test: str, complaint: str) -> None:
    """It fails where it has to, and keeps what there is to see."""
    run = dry_run(tmp_path, fault)
    assert run.returncode == 1, run.stdout
    assert re.findall(r"^FAILED .*::(\w+)", run.stdout, re.MULTILINE) == [test], run.stdout
    assert complaint in run.stdout
    assert {path.suffix for path in (tmp_path / "logs").iterdir()} == {".yaml", ".log", ".trust"}
