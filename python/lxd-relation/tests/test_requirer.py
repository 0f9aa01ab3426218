"""The requirer in hooks of a simulated Juju."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import ops
import pytest
from ops import testing

import lxd_relation
from lxd_relation import KeyPair, LxdRequirer, Mode, Node
from lxd_relation.testing import (
    NODE,
    answered,
    key_pair,
    relation_for_requirer,
    secret_for_requirer,
    server_key_pair,
)

META = {"name": "my-charm", "requires": {"lxd": {"interface": "lxd"}}}
EVENTS: dict[type[ops.EventBase], str] = {
    lxd_relation.LxdReadyEvent: "ready",
    lxd_relation.LxdChangedEvent: "changed",
    lxd_relation.LxdRejectedEvent: "rejected",
    lxd_relation.LxdGoneEvent: "gone",
}


class Charm(ops.CharmBase):
    mode = Mode.UNIT
    key_pairs: tuple[KeyPair, ...] | None = None
    rotate = False

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.lxd = LxdRequirer(self, "lxd", mode=self.mode, key_pairs=self.key_pairs)
        framework.observe(self.on.config_changed, self._on_config_changed)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)

    def _on_config_changed(self, _: ops.ConfigChangedEvent):
        self.lxd.rotate()

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent):
        event.add_status(self.lxd.status())


class AppCharm(Charm):
    mode = Mode.APP


class OwnKeysCharm(Charm):
    key_pairs = (key_pair("old"), key_pair("new"))


class Stage:
    """One unit with the relation, from hook to hook."""

    def __init__(
        self,
        charm: type[Charm] = Charm,
        *,
        juju: str = "3.6.14",
        leader: bool = False,
        root: Path | None = None,
    ):
        self.context = testing.Context(
            charm, meta=META, app_name="my-charm", juju_version=juju, charm_root=root
        )
        self.state = testing.State(leader=leader)

    def put(self, *relations: testing.Relation) -> None:
        self.state = dataclasses.replace(self.state, relations=set(relations))

    def put_secret(self, *secrets: testing.Secret) -> None:
        self.state = dataclasses.replace(self.state, secrets=set(secrets))

    @property
    def relation(self) -> testing.Relation:
        (relation,) = self.state.relations
        assert isinstance(relation, testing.Relation)
        return relation

    def run(self, event: str = "relation_changed", relation: testing.Relation | None = None):
        """Runs a hook; the names of our events in it."""
        self.context.emitted_events.clear()
        on: Any = getattr(self.context.on, event)
        args = [relation or self.relation] if event.startswith("relation") else []
        self.state = self.context.run(on(*args), self.state)
        return [EVENTS[type(e)] for e in self.context.emitted_events if type(e) in EVENTS]

    def answer(self, **options: Any) -> list[str]:
        """The provider answers what is asked for, and relation-changed runs."""
        self.put(answered(self.relation, **options))
        return self.run()

    def asked(self, bag: str = "unit") -> list[str]:
        data = getattr(self.relation, f"local_{bag}_data")
        return json.loads(data.get("client_certificates", "[]"))

    @property
    def status(self) -> str:
        return f"{self.state.unit_status.name}: {self.state.unit_status.message}"


def created(charm: type[Charm] = Charm, *, units: int = 1, **options: Any) -> Stage:
    """The relation is there, and the request is written."""
    stage = Stage(charm, **options)
    stage.put(
        testing.Relation(
            "lxd",
            remote_app_name="lxd-integrator",
            remote_units_data={number: {} for number in range(units)},
        )
    )
    assert stage.run("relation_created") == []
    return stage


def ready(charm: type[Charm] = Charm, **options: Any) -> Stage:
    stage = created(charm, **options)
    assert stage.answer() == ["ready"]
    return stage


def see(stage: Stage) -> Any:
    """What the requirer's properties say."""
    with stage.context(stage.context.on.start(), stage.state) as manager:
        lxd = manager.charm.lxd
        return lxd.is_ready, lxd.nodes, lxd.certificate, lxd.server_certificate, lxd.rejections


def secret_content(stage: Stage) -> dict[str, str]:
    (secret,) = stage.state.secrets
    return dict(secret.latest_content or secret.tracked_content)


def test_a_unit_asks_for_its_own_certificate_and_keeps_the_key_in_a_secret():
    stage = created()
    content = secret_content(stage)
    assert stage.asked() == [content["certificate"]]
    assert stage.asked("app") == []
    assert "PRIVATE KEY" in content["private-key"]
    assert "PRIVATE" not in str(stage.relation)
    assert stage.status == "waiting: Waiting for lxd-integrator"


def test_before_juju_has_secrets_the_key_is_in_a_file_of_the_charm_only(tmp_path: Path):
    stage = Stage(juju="2.9.52", root=tmp_path)
    stage.put(testing.Relation("lxd"))
    assert stage.run("relation_created") == []
    path = tmp_path / ".lxd-key-pair.json"
    assert path.stat().st_mode & 0o777 == 0o600
    kept = json.loads(path.read_text())
    assert stage.asked() == [kept["certificate"]]
    assert "PRIVATE KEY" in kept["private-key"]
    assert not stage.state.secrets
    # Nothing is lost when the model goes over to a Juju that has them.
    later = Stage(root=tmp_path)
    later.state = stage.state
    assert later.answer() == ["ready"]
    assert not later.state.secrets


def test_units_that_share_a_certificate_leave_the_request_to_the_leader():
    follower = created(AppCharm)
    assert (follower.asked(), follower.asked("app"), follower.state.secrets) == ([], [], set())
    leader = created(AppCharm, leader=True)
    assert leader.asked("app") == [secret_content(leader)["certificate"]]
    assert leader.asked() == []
    assert leader.answer() == ["ready"]
    # A follower reads the secret and finds itself let in.
    follower.state = dataclasses.replace(leader.state, leader=False)
    assert follower.run("update_status") == []
    assert follower.status == "active: "


def test_a_change_of_mode_withdraws_what_the_other_mode_asked_for():
    stage = ready(leader=True)
    app = Stage(AppCharm, leader=True)
    app.state = stage.state
    app.run("upgrade_charm")
    assert (app.asked(), len(app.asked("app"))) == ([], 1)


def test_sharing_a_certificate_needs_secrets():
    stage = Stage(AppCharm, juju="2.9.52", leader=True)
    stage.put(testing.Relation("lxd"))
    with pytest.raises(testing.errors.UncaughtCharmError, match=r"Mode.APP needs the secrets"):
        stage.run("relation_created")


def test_the_way_to_ready_and_what_is_known_then():
    stage = created()
    (asked,) = stage.asked()
    assert stage.answer(rejected={}) == ["ready"]
    assert see(stage) == (True, (NODE,), asked, server_key_pair().certificate, ())
    assert stage.status == "active: "
    assert stage.run() == []
    assert stage.run("update_status") == []


def test_events_may_be_missed():
    """The memory of what was told is lost: it is told again, and the state was right anyway."""
    stage = ready()
    stage.state = dataclasses.replace(stage.state, stored_states=set())
    assert see(stage)[0]
    assert stage.run("update_status") == ["ready"]


def test_nodes_and_the_servers_certificate_change():
    stage = ready()
    second = Node("node-2", "https://[2001:db8::2]:8443")
    assert stage.answer(nodes=[NODE, second]) == ["changed"]
    assert (second.host, second.port) == ("2001:db8::2", 8443)
    other = server_key_pair("other-lxd").certificate
    assert stage.answer(server_certificate=other) == ["changed"]
    assert see(stage)[3] == other


def test_a_certificate_is_rejected():
    stage = created()
    fingerprint = KeyPair("", *stage.asked()).fingerprint
    assert stage.answer(rejected={fingerprint: "refused: no room"}) == ["rejected"]
    (rejection,) = see(stage)[4]
    assert (rejection.code, rejection.message) == ("refused", "no room")
    assert stage.status == "blocked: lxd-integrator rejected our certificate; refused: no room"
    assert stage.run("update_status") == []
    assert stage.answer() == ["ready"]


def test_what_others_asked_for_is_not_ours():
    stage = ready()
    data = dict(stage.relation.remote_units_data[0])
    others = [{"unit": "my-charm/1", "index": 0, "reason": "not-a-certificate: no text"}]
    data["rejected_certificates"] = json.dumps(others)
    stage.put(dataclasses.replace(stage.relation, remote_units_data={0: data}))
    assert stage.run() == []
    assert see(stage)[4] == ()


def test_the_integrator_leaves_and_comes_back():
    stage = ready()
    before = stage.asked()
    assert stage.run("relation_broken") == ["gone"]
    stage.put()
    assert stage.run("update_status") == []
    assert stage.status == "blocked: Missing relation: lxd"
    stage.put(testing.Relation("lxd", remote_units_data={0: {}}))
    assert stage.run("relation_created") == []
    assert stage.asked() == before
    assert stage.answer() == ["ready"]


def test_no_unit_of_the_integrator_is_left():
    stage = ready()
    stage.put(dataclasses.replace(stage.relation, remote_units_data={}))
    assert stage.run("update_status") == ["gone"]
    assert stage.status == "waiting: Waiting for lxd-integrator"


def test_a_relation_that_was_removed_by_force_stays_beside_the_new_one():
    stage = ready()
    (asked,) = stage.asked()
    dead = dataclasses.replace(stage.relation, remote_units_data={})
    new = testing.Relation("lxd", id=dead.id + 1, remote_units_data={0: {}})
    stage.put(dead, new)
    assert stage.run("relation_created", new) == ["gone"]
    new = stage.state.get_relation(new.id)
    assert isinstance(new, testing.Relation)
    assert json.loads(new.local_unit_data["client_certificates"]) == [asked]
    new = answered(new)
    stage.put(dead, new)
    assert stage.run("relation_changed", new) == ["ready"]
    assert stage.status == "active: "


def test_a_second_integrator_does_not_count_before_it_has_units():
    stage = ready()
    first = stage.relation
    stage.put(first, testing.Relation("lxd", id=first.id + 1, remote_units_data={}))
    assert stage.run("update_status") == []
    assert stage.status == "active: "


def test_nodes_are_missing():
    stage = created()
    assert stage.answer(nodes=[]) == []
    assert stage.status == "waiting: Waiting for lxd-integrator to name an LXD"
    assert stage.answer() == ["ready"]
    assert stage.answer(nodes=[]) == ["gone"]


def test_the_certificate_is_not_registered_yet():
    stage = created()
    relation = relation_for_requirer("lxd", key_pairs=[])
    stage.put(dataclasses.replace(relation, local_unit_data=stage.relation.local_unit_data))
    assert stage.run() == []
    assert stage.status == "waiting: Waiting for lxd-integrator to register our certificate"


def test_units_of_the_integrator_disagree_for_a_while():
    stage = created(units=3)
    fingerprint = KeyPair("", *stage.asked()).fingerprint
    # One does not know the certificate yet and one could not register it; a third one has.
    stage.put(answered(stage.relation, only=[0], rejected={fingerprint: "refused: by a proxy"}))
    assert stage.run() == ["rejected"]
    stage.put(answered(stage.relation, only=[2], nodes=[Node("new", "https://192.0.2.9:8443")]))
    assert stage.run() == ["ready"]
    ready, nodes, *_, rejections = see(stage)
    assert (ready, [node.name for node in nodes], rejections) == (True, ["new"], ())
    # What most say counts, not what the first one says.
    stage.put(answered(stage.relation, only=[0], nodes=[Node("odd", "https://192.0.2.8:8443")]))
    assert stage.answer(only=[1, 2]) == ["changed"]
    assert see(stage)[1] == (NODE,)


GOOD = relation_for_requirer("lxd").remote_units_data[0]


@pytest.mark.parametrize(
    ("key", "value", "is_ready", "problems"),
    [
        ("version", "", False, 0),
        ("version", "2.0", False, 1),
        ("version", "1.1", True, 0),
        ("nodes", "", False, 0),
        ("nodes", "[", False, 1),
        ("nodes", "7", False, 1),
        ("nodes", '["https://192.0.2.1:8443",{},{"endpoint":7},null]', False, 4),
        ("nodes", '[{"endpoint":"http://192.0.2.1:8443"},{"endpoint":"https://a:b"}]', False, 2),
        ("nodes", '[{"name":"no-port","endpoint":"https://192.0.2.1"}]', False, 1),
        ("nodes", '[{"endpoint":"https://192.0.2.1:8443","more":1},{}]', True, 1),
        ("registered_certificates", "", False, 0),
        ("registered_certificates", "{}", False, 1),
        ("registered_certificates", '[1,"text"]', False, 2),
        ("rejected_certificates", "nonsense", True, 1),
        ("rejected_certificates", '[{"unit":"a/0"},{"reason":""},5]', True, 2),
        ("server_certificate", "", False, 1),
        ("server_certificate", "nonsense", False, 1),
        ("server_certificate_fingerprint", "0" * 64, False, 1),
        ("server_certificate_fingerprint", "", True, 0),
        ("unknown", "key", True, 0),
    ],
)
def test_values_that_are_missing_or_damaged(key: str, value: str, is_ready: bool, problems: int):
    databag = {name: text for name, text in {**GOOD, key: value}.items() if text}
    stage = Stage()
    relation = relation_for_requirer("lxd")
    stage.put(dataclasses.replace(relation, remote_units_data={0: databag}))
    stage.put_secret(secret_for_requirer("lxd"))
    assert stage.run() == (["ready"] if is_ready else [])
    assert see(stage)[0] is is_ready
    warnings = [line.message for line in stage.context.juju_log if "left out" in line.message]
    assert len(warnings) == problems
    assert all(key.removesuffix("_fingerprint") in warning for warning in warnings)


def test_a_rotation_keeps_the_old_certificate_until_every_unit_lists_the_new():
    stage = ready(units=2)
    (old,) = stage.asked()
    assert stage.run("config_changed") == []
    same, new = stage.asked()
    assert same == old != new
    assert see(stage)[2] == old
    assert stage.run("config_changed") == []
    assert stage.asked() == [old, new], "a rotation is under way"

    assert stage.answer(only=[0]) == ["changed"]
    assert see(stage)[2] == new
    assert stage.asked() == [old, new], "the other unit has not seen it yet"
    assert stage.answer(only=[1]) == []
    assert stage.asked() == [new]
    assert secret_content(stage)["certificate"] == new
    assert "next-certificate" not in secret_content(stage)
    assert stage.answer() == []


def test_a_rotation_to_a_certificate_that_is_rejected_can_be_tried_again():
    stage = ready()
    (old,) = stage.asked()
    stage.run("config_changed")
    _, bad = stage.asked()
    assert stage.answer(rejected={KeyPair("", bad).fingerprint: "refused: no"}) == ["rejected"]
    assert stage.status == "active: "
    stage.run("config_changed")
    same, new = stage.asked()
    assert same == old and new not in (old, bad)
    assert stage.answer() == ["changed"]
    assert stage.asked() == [new]


def test_a_rotation_before_anything_is_registered_replaces_the_certificate():
    stage = created()
    (old,) = stage.asked()
    stage.run("config_changed")
    (new,) = stage.asked()
    assert new != old


def test_a_charms_own_key_pairs():
    stage = created(OwnKeysCharm)
    old, new = key_pair("old"), key_pair("new")
    assert stage.asked() == [old.certificate, new.certificate]
    assert not stage.state.secrets
    assert stage.answer(rejected={new.fingerprint: "refused: no"}) == ["ready", "rejected"]
    assert see(stage)[2] == old.certificate
    assert stage.answer() == ["changed"]
    assert see(stage)[2] == new.certificate
    with pytest.raises(testing.errors.UncaughtCharmError, match="own key_pairs"):
        stage.run("config_changed")


def test_only_the_leader_rotates_what_units_share():
    stage = ready(AppCharm, leader=True)
    stage.state = dataclasses.replace(stage.state, leader=False)
    with pytest.raises(testing.errors.UncaughtCharmError, match="the leader rotates"):
        stage.run("config_changed")


def test_what_is_not_ready_gives_no_connection():
    stage = created()
    with stage.context(stage.context.on.start(), stage.state) as manager:
        for use in (manager.charm.lxd.ssl_context, manager.charm.lxd.pylxd_client):
            with pytest.raises(lxd_relation.LxdRelationError, match="Waiting for lxd-integrator"):
                use()


@pytest.mark.parametrize("refused", ["_load", "update"])
def test_juju_refuses_a_databag(refused: str, monkeypatch: pytest.MonkeyPatch):
    """So it is for a while where a relation across models is over. No hook fails."""
    stage = Stage()
    stage.put(testing.Relation("lxd"))

    def refuse(*_: object):
        raise ops.ModelError("ERROR permission denied")

    monkeypatch.setattr(ops.RelationDataContent, refused, refuse)
    assert stage.run("relation_changed") == []
    assert any("permission denied" in line.message for line in stage.context.juju_log)
    monkeypatch.undo()
    assert stage.run("update_status") == []
    assert stage.answer() == ["ready"]


def test_another_interface_is_refused():
    meta = {"name": "my-charm", "requires": {"lxd": {"interface": "lxd-https"}}}
    context = testing.Context(Charm, meta=meta)
    with pytest.raises(testing.errors.UncaughtCharmError, match="unknown interface 'lxd-https'"):
        context.run(context.on.start(), testing.State())


def test_the_readmes_quick_start_works():
    """All but pylxd, which would need an LXD."""
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {"__name__": "my_charm"}
    exec(code, names)  # noqa: S102
    my_charm: type[Charm] = names["MyCharm"]
    told: list[object] = []

    class Quiet(my_charm):
        def _on_lxd(self, event: object):
            told.append(event)

    stage = ready(Quiet)
    assert stage.status == "active: "
    assert len(told) == 1
