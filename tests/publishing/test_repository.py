"""Workflows, forms and addresses: what the place where the repository is kept reads."""

from __future__ import annotations

import json
import re

import pytest

from project import ROOT, read, read_yaml

GITHUB = ROOT / ".github"
WORKFLOWS = sorted(path.name for path in (GITHUB / "workflows").iterdir())
FORMS = sorted(path.name for path in (GITHUB / "ISSUE_TEMPLATE").iterdir())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_pin_actions_and_ask_for_few_rights(name: str) -> None:
    workflow = read_yaml(f".github/workflows/{name}")
    assert workflow["permissions"] == {}, "rights are given to jobs"
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job or "uses" in job
        assert "permissions" in job
    for line in read(f".github/workflows/{name}").splitlines():
        if "uses:" in line and "./.github" not in line:
            assert re.search(r"uses: [\w/.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("name", FORMS)
def test_forms_have_what_is_required(name: str) -> None:
    form = read_yaml(f".github/ISSUE_TEMPLATE/{name}")
    if name == "config.yml":
        assert form["blank_issues_enabled"] is False
        return
    assert form["name"] and form["description"]
    identifiers = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(identifiers) == len(set(identifiers)) > 0


def test_the_address_stands_in_one_place() -> None:
    (maintainer,) = read_yaml("metadata.yaml")["maintainers"]
    address = re.findall(r"<(.+@.+)>", maintainer)[0]
    owners = [line.split() for line in read("CODEOWNERS").splitlines() if line and line[0] != "#"]
    assert owners == [["*", address]]


def test_renovate_is_json() -> None:
    assert json.loads(read("renovate.json"))["extends"]


def test_the_changelog_begins_with_the_next_version_or_this() -> None:
    (version,) = re.findall(r'^version = "(.+)"$', read("Cargo.toml"), re.MULTILINE)
    first = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.MULTILINE)[0]
    assert first in ("Unreleased", version)
