"""A charm that uses LXD, tested without one."""

from __future__ import annotations

from lxd_relation import Node
from lxd_relation.testing import key_pair, relation_for_requirer, secret_for_requirer
from ops import testing

from charm import Consumer

NOBODY = Node("node-1", "https://127.0.0.1:9")


def status(*relations: testing.Relation) -> str:
    """What `juju status` shows after the next hook."""
    context = testing.Context(Consumer)
    state = testing.State(relations=relations, secrets={secret_for_requirer("lxd")})
    shown = context.run(context.on.update_status(), state).unit_status
    return f"{shown.name}: {shown.message}"


def test_the_relation_is_missing():
    assert status() == "blocked: Missing relation: lxd"


def test_the_integrator_has_not_answered_yet():
    relation = relation_for_requirer("lxd", response=False)
    assert status(relation) == "waiting: Waiting for lxd-integrator"


def test_lxd_is_away():
    shown = status(relation_for_requirer("lxd", nodes=[NOBODY]))
    assert shown.startswith("waiting: https://127.0.0.1:9: ")
    assert "refused" in shown


def test_lxd_has_no_nodes():
    shown = status(relation_for_requirer("lxd", nodes=[]))
    assert shown == "waiting: Waiting for lxd-integrator to name an LXD"


def test_the_certificate_is_rejected():
    reason = "expired: on 2026-01-31T12:00:00Z"
    shown = status(relation_for_requirer("lxd", rejected={key_pair().fingerprint: reason}))
    assert shown == f"blocked: lxd-integrator rejected our certificate; {reason}"


def test_a_relation_that_was_removed_by_force_is_still_there():
    dead = testing.Relation("lxd", id=1, remote_units_data={})
    shown = status(dead, relation_for_requirer("lxd", nodes=[NOBODY]))
    assert shown.startswith("waiting: https://127.0.0.1:9: ")
