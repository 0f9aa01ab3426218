"""The charm in a model on an LXD. Each test goes on where the one before it ended."""

from __future__ import annotations

import json
import pathlib

from lab import APP, CONSUMER, UNIT, Lab
from lxd import Certificate


def test_deploy(lab: Lab) -> None:
    """Without a credential it says what is missing, and touches nothing."""
    lab.juju.deploy(lab.charm, APP)
    lab.shows(APP, 1, "blocked: Missing credentials access; grant with: juju trust lxd-integrator")
    assert lab.news() == {}


def test_trust(lab: Lab) -> None:
    """With the cloud's credential it works, and still touches nothing."""
    lab.juju.trust(APP)
    lab.shows(APP, 1, "active: ")
    assert lab.news() == {}


def test_consumer(lab: Lab) -> None:
    """The example's certificate is registered, under a name that says whose it is."""
    lab.juju.deploy(lab.consumer, CONSUMER)
    lab.juju.integrate(f"{APP}:api", CONSUMER)
    lab.shows(CONSUMER, 1, "active: trusted at https://")
    lab.shows(APP, 1, ", 1 certificate for 1 relation")
    lab.trusts(1)
    ((fingerprint, name),) = lab.news().items()
    owner = f"juju:{lab.juju.show_model().model_uuid}:{APP}:"
    assert name.startswith(owner), name
    assert name.endswith(f":{CONSUMER}:{fingerprint[:12]}"), name


def test_second_unit(lab: Lab) -> None:
    """Each unit has its own."""
    lab.juju.add_unit(CONSUMER)
    lab.shows(CONSUMER, 2, "active: trusted at https://")
    lab.trusts(2)


def write(lab: Lab, certificates: list[Certificate], mine: set[str]) -> None:
    """Writes a unit's databag for it, and waits until these are trusted and no other one of `mine`."""
    text = json.dumps([certificate.pem for certificate in certificates])
    unit = f"{CONSUMER}/1"
    relation = lab.juju.exec("relation-ids", "lxd", unit=unit).stdout.strip()
    lab.juju.exec("relation-set", "-r", relation, f"client_certificates={text}", unit=unit)
    wanted = {certificate.fingerprint for certificate in certificates}
    lab.until(f"{len(wanted)} of its certificates", lambda: lab.news().keys() & mine == wanted)


def test_rotation(lab: Lab, tmp_path: pathlib.Path) -> None:
    """The new certificate comes in beside the old one, which then goes; nothing asked for, nothing stays."""
    old, new = (Certificate.make(name, tmp_path) for name in ("old", "new"))
    for certificates in ([old], [old, new], [new], []):
        write(lab, certificates, {old.fingerprint, new.fingerprint})
    lab.trusts(1)


def test_remove_a_consumers_unit(lab: Lab) -> None:
    """Of the unit that goes nothing stays."""
    lab.juju.remove_unit(f"{CONSUMER}/1")
    lab.shows(CONSUMER, 1, "active: trusted at https://")
    lab.trusts(1)


def test_scale(lab: Lab) -> None:
    """A second unit of ours makes no second entry, and takes none away as it goes."""
    before = lab.news()
    lab.juju.add_unit(APP)
    lab.shows(APP, 2, "active: ")
    assert lab.news() == before
    lab.juju.remove_unit(f"{APP}/1")
    lab.until("one unit", lambda: list(lab.units(APP)) == [UNIT])
    assert lab.news() == before


def test_actions(lab: Lab, tmp_path: pathlib.Path) -> None:
    """They show what the store holds, and clients of the operator's come and go."""
    (fingerprint,) = lab.news()
    assert lab.run("show-nodes")["nodes"]["0"]["endpoint"].startswith("https://")
    steps = lab.run("check")["steps"]
    assert [name for name, step in steps.items() if step["ok"] == "false"] == []
    assert lab.run("list-certificates")["certificates"][fingerprint]["state"] == "trusted"
    assert lab.run("sync", **{"dry-run": True})["summary"] == "nothing to do"
    alice = Certificate.make("alice", tmp_path)
    added = lab.run("add-trusted-client", name="alice", cert=alice.pem)
    assert added["fingerprint"] == alice.fingerprint
    assert lab.news().keys() == {fingerprint, alice.fingerprint}
    lab.run("remove-trusted-client", fingerprint=alice.fingerprint)
    assert lab.news().keys() == {fingerprint}


def test_secret(lab: Lab, tmp_path: pathlib.Path) -> None:
    """A credential in a secret is used instead of the cloud's, for the same LXD and the same entries."""
    before = lab.news()
    own = Certificate.make("own", tmp_path)
    lab.lxd.add("integration-test", own)
    server = lab.lxd.query("/1.0")["environment"]
    content = {"client-cert": own.pem, "client-key": own.key, "server-cert": server["certificate"]}
    secret = lab.juju.add_secret("lxd", content)
    lab.juju.grant_secret(secret, APP)
    endpoint = server["addresses"][0]
    lab.juju.config(APP, {"lxd_endpoint": endpoint, "lxd_credentials_secret": str(secret)})
    lab.shows(APP, 1, "active: ")
    lab.run("sync")
    assert lab.news().keys() == before.keys() | {own.fingerprint}
    lab.juju.config(APP, reset=["lxd_endpoint", "lxd_credentials_secret"])
    lab.juju.remove_secret(secret)
    lab.lxd.remove(own.fingerprint)
    lab.run("sync")
    lab.shows(APP, 1, "active: ")
    assert lab.news() == before


def test_offer(lab: Lab, neighbour: Lab) -> None:
    """A consumer in another model is served through an offer; suspended, it is not."""
    lab.juju.offer(APP, endpoint="api", name="lxd")
    offer = json.loads(lab.juju.cli("offers", "--format", "json"))["lxd"]
    neighbour.juju.deploy(lab.consumer, CONSUMER)
    neighbour.juju.integrate(CONSUMER, offer["offer-url"])
    neighbour.shows(CONSUMER, 1, "active: trusted at https://")
    lab.trusts(2)
    (connection,) = json.loads(lab.juju.cli("offers", "--format", "json"))["lxd"]["connections"]
    relation = str(connection["relation-id"])
    lab.juju.cli("suspend-relation", relation)
    lab.trusts(1)
    lab.juju.cli("resume-relation", relation)
    lab.trusts(2)
    neighbour.juju.remove_relation(CONSUMER, "lxd")
    lab.trusts(1)
    neighbour.juju.remove_application(CONSUMER)
    neighbour.until("the neighbour is gone", lambda: not neighbour.units(CONSUMER))
    lab.juju.cli("remove-offer", offer["offer-url"], "--yes", include_model=False)


def test_refresh(lab: Lab) -> None:
    """It goes on with what it has."""
    before, old = lab.news(), lab.juju.status().apps[APP].charm_rev
    lab.juju.refresh(APP, path=lab.charm)
    lab.until("another revision", lambda: lab.juju.status().apps[APP].charm_rev > old)
    lab.shows(APP, 1, ", 1 certificate for 1 relation")
    assert lab.news() == before


def test_force(lab: Lab) -> None:
    """What was removed by force is gone after two update-status, and a new relation works."""
    lab.juju.remove_relation(f"{APP}:api", CONSUMER, force=True)
    lab.trusts(0)
    lab.juju.integrate(f"{APP}:api", CONSUMER)
    lab.shows(CONSUMER, 1, "active: trusted at https://")
    lab.trusts(1)


def test_removal(lab: Lab) -> None:
    """Nothing of the charm stays, and what was there before is as it was."""
    lab.juju.remove_application(APP)
    lab.until("the charm is gone", lambda: APP not in lab.juju.status().apps)
    assert lab.lxd.store() == dict(lab.before)
