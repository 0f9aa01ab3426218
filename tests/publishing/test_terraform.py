"""The Terraform module takes what the charm takes. What it does with it, `terraform test` tells, where there is one."""

from __future__ import annotations

import re
from typing import Any

import hcl2
import pytest

from project import ROOT, bases, options, read, read_yaml

FILES = ("main", "outputs", "terraform", "variables")


def parse(path: str) -> dict[str, Any]:
    """An HCL file."""
    with (ROOT / path).open() as file:
        return hcl2.load(file)


def blocks(path: str, kind: str) -> dict[str, Any]:
    """The blocks of a kind by their names."""
    found: dict[str, Any] = {}
    for block in parse(path)[kind]:
        found |= {name.strip('"'): content for name, content in block.items() if name != "__is_block__"}
    return found


def validations(variable: str) -> str:
    """The conditions on a variable, as text."""
    variables = blocks("terraform/variables.tf", "variable")
    return "\n".join(str(rule["condition"]) for rule in variables[variable]["validation"])


@pytest.mark.parametrize("name", FILES)
def test_it_parses(name: str) -> None:
    assert parse(f"terraform/{name}.tf")


def test_its_tests_parse() -> None:
    runs = blocks("terraform/tests/module.tftest.hcl", "run")
    assert all("assert" in run or "expect_failures" in run for run in runs.values())


def test_every_variable_is_described_and_used() -> None:
    variables = blocks("terraform/variables.tf", "variable")
    main = read("terraform/main.tf")
    for name, variable in variables.items():
        assert variable["description"], name
        assert variable["type"], name
        assert f"var.{name}" in main, name
    assert set(re.findall(r"var\.(\w+)", main)) == set(variables)


def test_config_takes_every_option_but_the_key() -> None:
    listed = re.findall(r"lxd_\w+|restrict_to_projects", validations("config").split("], option")[0])
    assert set(listed) == set(options()) - {"lxd_client_key"}


def test_base_takes_those_of_the_manifest() -> None:
    assert re.findall(r"ubuntu@([\d.]+)", validations("base")) == sorted(bases())


def test_the_endpoint_is_the_charms() -> None:
    provides = blocks("terraform/outputs.tf", "output")["provides"]["value"]
    assert re.findall(r"\w+", str(provides))[0] in read_yaml("metadata.yaml")["provides"]
    for endpoint in read_yaml("metadata.yaml")["provides"]:
        assert endpoint in str(provides)
        assert f'"{endpoint}"' in validations("endpoint_bindings")


def test_the_readme_lists_inputs_and_outputs() -> None:
    names = re.findall(r"^\| `(\w+)` \|", read("terraform/README.md"), re.MULTILINE)
    variables = blocks("terraform/variables.tf", "variable")
    outputs = blocks("terraform/outputs.tf", "output")
    assert names == [*sorted(variables), *sorted(outputs)]
