"""Relations for unit tests with ``ops.testing``, filled as ``lxd-integrator`` fills them.

Needs the extra ``lxd-relation[testing]``. What stands in the databags is what that charm writes,
to the byte: compact JSON, sorted, without a key where there is nothing to say::

    relation = relation_for_requirer("lxd")
    secret = secret_for_requirer("lxd")
    state = ctx.run(
        ctx.on.relation_changed(relation),
        testing.State(relations={relation}, secrets={secret}),
    )
"""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import TYPE_CHECKING, cast

import ops.testing

from ._key_pair import KeyPair, _encode, label_for, make
from ._model import Mode, Node, fingerprint_of
from ._wire import LxdWire, compact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "NODE",
    "answered",
    "key_pair",
    "provider_databag",
    "relation_for_provider",
    "relation_for_requirer",
    "secret_for_requirer",
    "server_key_pair",
]

NODE = Node(name="node-1", endpoint="https://10.10.10.10:8443")
"""An LXD that stands alone. Nothing listens there."""

_INTERFACE = "lxd"


@functools.cache
def key_pair(name: str = "requirer") -> KeyPair:
    """The requirer's key and certificate: the same in a whole test run for the same name."""
    return KeyPair.generate(name)


@functools.cache
def server_key_pair(name: str = "lxd") -> KeyPair:
    """LXD's own key and certificate."""
    return make(name, "serverAuth")


def relation_for_requirer(
    endpoint: str,
    *,
    mode: Mode = Mode.UNIT,
    key_pairs: Sequence[KeyPair] | None = None,
    nodes: Sequence[Node] = (NODE,),
    rejected: Mapping[str, str] | None = None,
    units: int = 1,
    response: bool = True,
) -> ops.testing.Relation:
    """A relation as the requirer's charm sees it, with its request and the answer.

    Args:
        endpoint: the name of the endpoint in the charm's metadata.
        mode: as the charm gives it to ``LxdRequirer``.
        key_pairs: whose certificates are asked for; ``key_pair()`` if not given. Use
            ``secret_for_requirer`` with the same ones, unless the charm brings its own.
        nodes: the servers.
        rejected: by fingerprint, why it is not registered: ``"expired: on 2026-01-31T12:00:00Z"``.
        units: how many units the provider has.
        response: whether the provider has answered yet.
    """
    pairs = [key_pair()] if key_pairs is None else key_pairs
    request = _request(pairs)
    relation = ops.testing.Relation(
        endpoint,
        interface=_INTERFACE,
        remote_app_name="lxd-integrator",
        remote_units_data={number: {} for number in range(units)},
        local_unit_data=_juju_data() | (request if mode is Mode.UNIT else {}),
        local_app_data=request if mode is Mode.APP else {},
    )
    return answered(relation, nodes=nodes, rejected=rejected) if response else relation


def answered(
    relation: ops.testing.Relation,
    *,
    nodes: Sequence[Node] = (NODE,),
    rejected: Mapping[str, str] | None = None,
    server_certificate: str | None = None,
    requirer: str = "my-charm",
    only: Sequence[int] | None = None,
) -> ops.testing.Relation:
    """The relation after the provider has answered what the requirer's charm asks for in it.

    Args:
        relation: as the requirer's charm sees it, for example in the state that a hook left.
        nodes: the servers.
        rejected: by fingerprint, why it is not registered; everything else is.
        server_certificate: PEM; that of ``server_key_pair()`` if not given.
        requirer: the charm's application.
        only: the numbers of the provider's units that have answered; all if not given.
    """
    asked = {
        f"{requirer}/0": _asked(relation.local_unit_data),
        requirer: _asked(relation.local_app_data),
    }
    answer = provider_databag(
        asked, nodes=nodes, rejected=rejected, server_certificate=server_certificate
    )
    units = relation.remote_units_data
    changed = {number: _juju_data() | answer for number in (units if only is None else only)}
    return dataclasses.replace(relation, remote_units_data={**units, **changed})


def relation_for_provider(
    endpoint: str,
    *,
    mode: Mode = Mode.UNIT,
    key_pairs: Sequence[KeyPair] | None = None,
    nodes: Sequence[Node] = (NODE,),
    rejected: Mapping[str, str] | None = None,
    response: bool = False,
) -> ops.testing.Relation:
    """A relation as a provider's charm sees it, with the request of a requirer's first unit.

    The arguments are those of ``relation_for_requirer``; ``response`` is whether this charm has
    answered.
    """
    pairs = [key_pair()] if key_pairs is None else key_pairs
    request = _request(pairs)
    owner = "my-charm/0" if mode is Mode.UNIT else "my-charm"
    asked = {owner: [pair.certificate for pair in pairs]}
    answer = provider_databag(asked, nodes=nodes, rejected=rejected)
    return ops.testing.Relation(
        endpoint,
        interface=_INTERFACE,
        remote_app_name="my-charm",
        remote_app_data=request if mode is Mode.APP else {},
        remote_units_data={0: _juju_data() | (request if mode is Mode.UNIT else {})},
        local_unit_data=_juju_data() | (answer if response else {}),
    )


def secret_for_requirer(
    endpoint: str, *, mode: Mode = Mode.UNIT, key_pairs: Sequence[KeyPair] | None = None
) -> ops.testing.Secret:
    """The secret in which ``LxdRequirer`` keeps what it made; the arguments are the relation's."""
    return ops.testing.Secret(
        _encode([key_pair()] if key_pairs is None else key_pairs),
        label=label_for(endpoint, mode),
        owner=mode.value,
    )


def provider_databag(
    asked: Mapping[str, Sequence[str]],
    *,
    nodes: Sequence[Node] = (NODE,),
    rejected: Mapping[str, str] | None = None,
    server_certificate: str | None = None,
) -> dict[str, str]:
    """What one unit of lxd-integrator writes, without Juju's own keys.

    Args:
        asked: by the unit, or the application, whose databag it is: its certificates in PEM.
        nodes: the servers.
        rejected: by fingerprint, the code and the words why it is not registered.
        server_certificate: PEM; that of ``server_key_pair()`` if not given.
    """
    rejected = rejected or {}
    server = server_certificate or server_key_pair().certificate
    registered = {
        (fingerprint_of(text), text)
        for texts in asked.values()
        for text in texts
        if fingerprint_of(text) not in rejected
    }
    trusted = sorted({fingerprint for fingerprint, _ in registered})
    refusals = [
        {"unit": owner, "index": index, "fingerprint": found, "reason": rejected[found]}
        for owner, texts in sorted(asked.items(), key=_by_number)
        for index, text in enumerate(texts)
        if (found := fingerprint_of(text)) in rejected
    ]
    databag = {
        "version": "1.0",
        "nodes": compact(
            [
                {"endpoint": node.endpoint, "name": node.name, "trusted_certs_fp": trusted}
                for node in sorted(nodes, key=lambda node: (node.name, node.endpoint))
            ]
        ),
        "registered_certificates": compact([text for _, text in sorted(registered)]),
        "server_certificate": server,
        "server_certificate_fingerprint": fingerprint_of(server),
    }
    if refusals:
        databag["rejected_certificates"] = compact(refusals)
    return databag


def _request(pairs: Sequence[KeyPair]) -> dict[str, str]:
    request = LxdWire().request([pair.certificate for pair in pairs])
    return {key: text for key, text in request.items() if text}


def _asked(databag: Mapping[str, str]) -> list[str]:
    return cast("list[str]", json.loads(databag.get("client_certificates") or "[]"))


def _by_number(item: tuple[str, object]) -> int:
    """The application comes before its units."""
    _, slash, number = item[0].partition("/")
    return int(number) if slash else -1


def _juju_data() -> dict[str, str]:
    """What Juju itself writes into each unit's databag."""
    return {"egress-subnets": "192.0.2.0/32", "ingress-address": "192.0.2.0"}
