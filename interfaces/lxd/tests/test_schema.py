"""The schema takes what the library and its testing module write, and finds what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ops
import pytest
from ops import testing

from lxd_relation import LxdRequirer, Mode, Node
from lxd_relation.testing import (
    answered,
    key_pair,
    provider_databag,
    relation_for_provider,
    relation_for_requirer,
)

HERE = Path(__file__).parent.parent
sys.path[:0] = [str(HERE), str(HERE / "interface/v0")]

import check_databags  # noqa: E402
import schema  # noqa: E402

ONE, TWO = key_pair("one"), key_pair("two")
TEXTS = [ONE.certificate, TWO.certificate]
REFUSED = {ONE.fingerprint: "expired: on 2026-01-31T12:00:00Z", TWO.fingerprint: "refused: by “LXD”"}
NODES = [Node("b", "https://10.0.0.1:8443"), Node("a", "https://[2001:db8::1]:8443")]


class Charm(ops.CharmBase):
    mode = Mode.UNIT

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.lxd = LxdRequirer(self, mode=self.mode)


class AppCharm(Charm):
    mode = Mode.APP


@pytest.mark.parametrize("charm", [Charm, AppCharm])
def test_the_library_writes_what_the_schema_says(charm: type[Charm]):
    meta = {"name": "my-charm", "requires": {"lxd": {"interface": "lxd"}}}
    context = testing.Context(charm, meta=meta)
    relation = testing.Relation("lxd")
    state = testing.State(relations={relation}, leader=True)
    state = context.run(context.on.relation_created(relation), state)
    left = state.get_relation(relation.id)
    assert isinstance(left, testing.Relation)
    bags = {"unit": left.local_unit_data, "app": left.local_app_data}
    assert sum("client_certificates" in bag for bag in bags.values()) == 1
    for bag, data in bags.items():
        assert [*check_databags.faults("requirer", bag, data)] == []
    schema.RequirerSchema.model_validate(bags)
    for data in answered(left).remote_units_data.values():
        schema.ProviderSchema.model_validate({"unit": data})


@pytest.mark.parametrize("rejected", [{}, REFUSED, {ONE.fingerprint: REFUSED[ONE.fingerprint]}])
@pytest.mark.parametrize("nodes", [[], NODES])
def test_the_testing_module_writes_what_the_schema_says(rejected: dict[str, str], nodes: list[Node]):
    asked = {"my-charm/10": TEXTS, "my-charm/2": TEXTS, "my-charm": TEXTS}
    databag = provider_databag(asked, nodes=nodes, rejected=rejected)
    assert [*check_databags.faults("provider", "unit", databag)] == []
    kept = sorted((pair.fingerprint, pair.certificate) for pair in (ONE, TWO))
    listed = [text for fingerprint, text in kept if fingerprint not in rejected]
    assert json.loads(databag["registered_certificates"]) == listed
    order = [(r["unit"], r["index"]) for r in json.loads(databag.get("rejected_certificates", "[]"))]
    assert order == [
        (unit, index)
        for unit in ("my-charm", "my-charm/2", "my-charm/10")
        for index, pair in enumerate((ONE, TWO))
        if pair.fingerprint in rejected
    ]


@pytest.mark.parametrize("mode", Mode)
def test_relations_for_both_sides_hold_what_the_schema_says(mode: Mode):
    ours = relation_for_requirer("lxd", mode=mode, units=2)
    theirs = relation_for_provider("api", mode=mode, response=True)
    requests = {
        "unit": [ours.local_unit_data, *theirs.remote_units_data.values()],
        "app": [ours.local_app_data, theirs.remote_app_data],
    }
    for bag, several in requests.items():
        for data in several:
            assert [*check_databags.faults("requirer", bag, data)] == []
    for data in (*ours.remote_units_data.values(), theirs.local_unit_data):
        assert "nodes" in data
        assert [*check_databags.faults("provider", "unit", data)] == []


GOOD = provider_databag({"my-charm/0": TEXTS}, nodes=NODES, rejected={ONE.fingerprint: "refused: no"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", None),
        ("version", "1.1"),
        ("nodes", None),
        ("nodes", "{}"),
        ("nodes", GOOD["nodes"].replace(",", ", ")),
        ("nodes", GOOD["nodes"].replace('"a"', '"z"')),
        ("nodes", GOOD["nodes"].replace(":8443", "")),
        ("nodes", GOOD["nodes"].replace("https:", "http:")),
        ("nodes", GOOD["nodes"].replace(TWO.fingerprint, TWO.fingerprint.upper())),
        ("registered_certificates", "[1]"),
        ("rejected_certificates", "[]"),
        ("rejected_certificates", GOOD["rejected_certificates"].replace("refused", "unheard-of")),
        ("rejected_certificates", GOOD["rejected_certificates"].replace(": no", "")),
        ("server_certificate", "nonsense"),
        ("server_certificate", ONE.certificate),
        ("server_certificate_fingerprint", "0"),
        ("more", "text"),
    ],
)
def test_what_is_wrong_is_found(key: str, value: str | None):
    databag: dict[str, Any] = {**GOOD, key: value}
    databag = {name: text for name, text in databag.items() if text is not None}
    assert databag != GOOD
    found = [*check_databags.faults("provider", "unit", databag)]
    assert found
    assert all(key in fault for fault in found)


def test_the_providers_application_databag_stays_empty():
    assert [*check_databags.faults("provider", "app", {})] == []
    assert [*check_databags.faults("provider", "app", {"version": "1.0"})]


def test_the_command_checks_a_file_of_databags(tmp_path: Path):
    def run(*lines: object, minimum: int = 1) -> tuple[int, str]:
        file = tmp_path / "databags"
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        command = [sys.executable, HERE / "check_databags.py", file, str(minimum)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    good = {"side": "provider", "databag": "unit", "settings": {**GOOD, "ingress-address": "10.0.0.2"}}
    bad = {**good, "settings": {**GOOD, "version": "2.0"}, "source": "a test"}
    assert run(good, good) == (0, "2 databags checked (2 provider unit), 0 faults\n")
    code, said = run(good, bad, {})
    assert code == 1
    assert "line 2, provider unit, a test: version: " in said
    assert "line 3: not a record of a databag" in said
    assert run()[0] == 1, "nothing was checked"
    assert run(good, {**good, "settings": {}}, minimum=2)[0] == 1, "an empty one does not count"
