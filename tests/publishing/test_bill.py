"""The bills of materials are CycloneDX, and the executable holds the list that tools look for."""

from __future__ import annotations

import json
import pathlib
import subprocess
import zipfile
import zlib

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from project import ARCHIVES


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.name)
def test_the_bill_is_valid(archive: pathlib.Path) -> None:
    text = archive.with_suffix(".cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    known = {component["bom-ref"] for component in bill["components"]}
    needed = {need for entry in bill["dependencies"] for need in entry["dependsOn"]}
    assert needed == known, "what is in is needed, and what is needed is in"


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.name)
def test_the_list_in_the_executable_names_the_same(archive: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "charm").write_bytes(zipfile.ZipFile(archive).read("lxd-integrator"))
    section = [".dep-v0=/dev/stdout", str(tmp_path / "charm"), str(tmp_path / "copy")]
    dumped = subprocess.run(["objcopy", "--dump-section", *section], check=True, capture_output=True)
    listed = json.loads(zlib.decompress(dumped.stdout))["packages"]
    bill = json.loads(archive.with_suffix(".cdx.json").read_text())
    cargo = [part for part in bill["components"] if part["purl"].startswith("pkg:cargo/")]
    named = {(part["name"], part["version"]) for part in [bill["metadata"]["component"], *cargo]}
    assert {(package["name"], package["version"]) for package in listed} == named
    assert [package["name"] for package in listed if package.get("root")] == ["lxd-integrator"]
