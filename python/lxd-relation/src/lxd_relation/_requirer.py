"""The requirer's side of the relation."""

from __future__ import annotations

import functools
import hashlib
import logging
from typing import TYPE_CHECKING, Any

import ops

from . import _databags, _tls
from ._events import LxdRequirerEvents
from ._key_pair import KeyPair, KeyPairStore, store_for
from ._model import Answer, Mode, Node, Rejection
from ._wire import WIRES

if TYPE_CHECKING:
    import contextlib
    import ssl
    from collections.abc import Sequence

logger = logging.getLogger(__name__)


class LxdRelationError(Exception):
    """The library was asked for something that cannot be done now."""


class LxdRequirer(ops.Object):
    """Asks for access to an LXD, and says when and how to use it.

    It makes a key and a certificate when there is a relation, unless it was given some, writes
    the request, and looks at the answers in each hook of the relation, in ``update-status``,
    ``upgrade-charm`` and ``leader-elected``.

    Nothing that it says is remembered: properties read the databags, so they are right in any
    hook, also in one before the first event or after an event that was missed.

    Args:
        charm: the charm.
        relation_name: the endpoint in its metadata.
        mode: whether each unit has a certificate, or all units share one. To share it needs the
            secrets of Juju 3.1 or later, or ``key_pairs``.
        key_pairs: the charm's own ones, the newest last, instead of one that is made and kept.
            All are asked for, and the newest that is registered is used.

    Raises:
        LxdRelationError: if the endpoint's interface is none that this library speaks.
    """

    on = LxdRequirerEvents()
    _stored = ops.StoredState()

    def __init__(
        self,
        charm: ops.CharmBase,
        relation_name: str = "lxd",
        *,
        mode: Mode = Mode.UNIT,
        key_pairs: Sequence[KeyPair] | None = None,
    ) -> None:
        super().__init__(charm, f"lxd-requirer-{relation_name}")
        interface = charm.meta.requires[relation_name].interface_name
        if interface not in WIRES:
            raise LxdRelationError(f"endpoint {relation_name}: unknown interface {interface!r}")
        self._wire = WIRES[interface]
        self._charm = charm
        self._relation_name = relation_name
        self._mode = mode
        self._given = key_pairs
        self._kept: list[KeyPair] | None = None
        self._stored.set_default(ready=False, told="", rejected="")
        relation = charm.on[relation_name]
        for event in (
            relation.relation_created,
            relation.relation_changed,
            relation.relation_departed,
            relation.relation_broken,
            charm.on.update_status,
            charm.on.upgrade_charm,
            charm.on.leader_elected,
        ):
            self.framework.observe(event, self._on_look)

    # What is so now.

    @property
    def is_ready(self) -> bool:
        """Whether LXD lets us in, and we know where and how."""
        answer = self._answer
        return bool(self._active and answer and answer.nodes and answer.server_certificate)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The servers that can be used: one, or the members of a cluster, sorted by name."""
        return self._answer.nodes if self._answer else ()

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """Which certificates of ours will not be registered, and why."""
        ours = {pair.fingerprint for pair in self._key_pairs} - self._registered
        answers = self._answers.values()
        told = {r: None for answer in answers for r in answer.rejections if r.fingerprint in ours}
        return tuple(told)

    @property
    def server_certificate(self) -> str | None:
        """PEM of the certificate that the nodes present."""
        return self._answer.server_certificate if self._answer else None

    @property
    def certificate(self) -> str | None:
        """PEM of our certificate that LXD trusts, the newest if there are several."""
        return self._active.certificate if self._active else None

    @property
    def is_rotating(self) -> bool:
        """Whether the certificate that ``rotate`` made waits to be registered everywhere."""
        return self._given is None and len(self._key_pairs) > 1

    def status(self) -> ops.StatusBase:
        """What ``juju status`` should say about this endpoint."""
        relation = self._relation
        if relation is None:
            return ops.BlockedStatus(f"Missing relation: {self._relation_name}")
        if self.is_ready:
            return ops.ActiveStatus()
        provider = relation.app.name
        if self.rejections:
            return ops.BlockedStatus(f"{provider} rejected our certificate; {self.rejections[0]}")
        if not self._answers:
            return ops.WaitingStatus(f"Waiting for {provider}")
        if not self._active:
            return ops.WaitingStatus(f"Waiting for {provider} to register our certificate")
        return ops.WaitingStatus(f"Waiting for {provider} to name an LXD")

    # Connections.

    def ssl_context(self) -> ssl.SSLContext:
        """Presents our certificate, and accepts only the server that the provider named.

        Make a new one after ``changed``.

        Raises:
            LxdRelationError: if ``is_ready`` is false.
        """
        _, key_pair, server_certificate = self._access()
        return _tls.client_context(key_pair, server_certificate)

    def pylxd_client(
        self, node: Node | None = None, **options: Any
    ) -> contextlib.AbstractContextManager[Any]:
        """A ``pylxd.Client`` for a ``with`` block; needs the extra ``lxd-relation[pylxd]``.

        Key and certificates are in files while the block runs, since pylxd reads them from there.

        Args:
            node: the server; the first of ``nodes`` if it is not given.
            options: passed on to ``pylxd.Client``: ``project``, ``timeout``, ….

        Raises:
            LxdRelationError: if ``is_ready`` is false.
        """
        nodes, key_pair, server_certificate = self._access()
        return _tls.pylxd_client(node or nodes[0], key_pair, server_certificate, **options)

    # What can be done.

    def rotate(self) -> None:
        """Makes a new key and certificate beside the one in use.

        The old one goes when every unit of the provider that answers has registered the new one,
        in a later hook; ``changed`` says that the new one is used. While that is under way this
        does nothing, unless the new one was rejected.

        Raises:
            LxdRelationError: if the charm gave its own ``key_pairs``, or if the units share one
                and this is not the leader.
        """
        if self._given is not None:
            raise LxdRelationError("the charm's own key_pairs: give another beside the old one")
        if not self._is_writer:
            raise LxdRelationError("the leader rotates the certificate of the application")
        rejected = {rejection.fingerprint for rejection in self.rejections}
        if self.is_rotating and self._key_pairs[-1].fingerprint not in rejected:
            return
        in_use = [self._active] if self._active else []
        self._keep([*in_use, self._new_key_pair()])
        self.sync()

    def sync(self) -> None:
        """Writes the request and tells what changed, as each look does.

        Call it where ``key_pairs`` may have changed in a hook in which this library does not look.
        """
        relation = self._relation
        if relation and self._is_writer:
            if not self._key_pairs and self._given is None:
                self._keep([self._new_key_pair()])
            self._end_rotation()
        if relation:
            self._write(relation)
        self._tell()

    # How.

    @property
    def _relation(self) -> ops.Relation | None:
        return _databags.living(self.model.relations[self._relation_name])

    @property
    def _is_writer(self) -> bool:
        return self._mode is Mode.UNIT or self._charm.unit.is_leader()

    @functools.cached_property
    def _store(self) -> KeyPairStore:
        return store_for(self._charm, self._relation_name, self._mode)

    @property
    def _key_pairs(self) -> list[KeyPair]:
        if self._given is not None:
            return list(self._given)
        if self._kept is None:
            self._kept = self._store.load()
        return self._kept

    def _keep(self, key_pairs: list[KeyPair]) -> None:
        self._store.save(key_pairs)
        self._kept = key_pairs

    def _new_key_pair(self) -> KeyPair:
        owner = self._charm.app if self._mode is Mode.APP else self._charm.unit
        return KeyPair.generate(owner.name.replace("/", "-"))

    @property
    def _answers(self) -> dict[str, Answer]:
        relation = self._relation
        return _databags.answers(relation, self._wire) if relation else {}

    @property
    def _answer(self) -> Answer | None:
        ours = {pair.fingerprint for pair in self._key_pairs}
        return _databags.best(self._answers.values(), ours)

    @property
    def _registered(self) -> frozenset[str]:
        """Every unit speaks of the same LXD, so what one of them has seen registered is so."""
        answers = self._answers.values()
        return frozenset(found for answer in answers for found in answer.registered)

    @property
    def _active(self) -> KeyPair | None:
        registered = self._registered
        pairs = (pair for pair in reversed(self._key_pairs) if pair.fingerprint in registered)
        return next(pairs, None)

    def _access(self) -> tuple[tuple[Node, ...], KeyPair, str]:
        answer, active = self._answer, self._active
        if not (active and answer and answer.nodes and answer.server_certificate):
            raise LxdRelationError(f"{self._relation_name} is not ready: {self.status().message}")
        return answer.nodes, active, answer.server_certificate

    def _end_rotation(self) -> None:
        """Lets the old key pair go when the new one is registered wherever anyone answers."""
        if not self.is_rotating:
            return
        new, answers = self._key_pairs[-1], self._answers.values()
        if answers and all(new.fingerprint in answer.registered for answer in answers):
            self._keep([new])

    def _write(self, relation: ops.Relation) -> None:
        """The request into one databag, and none into the other, where another mode left one."""
        request = self._wire.request([pair.certificate for pair in self._key_pairs])
        nothing = self._wire.request([])
        unit, app = (request, nothing) if self._mode is Mode.UNIT else (nothing, request)
        _databags.write(relation, self._charm.unit, unit)
        if self._charm.unit.is_leader():
            _databags.write(relation, self._charm.app, app)

    def _on_look(self, _: ops.EventBase) -> None:
        for unit, answer in self._answers.items():
            for problem in answer.problems:
                logger.warning("%s: left out what %s says: %s", self._relation_name, unit, problem)
        self.sync()

    def _tell(self) -> None:
        """Emits what changed since it was told last."""
        was_ready, is_ready = self._stored.ready, self.is_ready
        was_told, told = self._stored.told, self._digest()
        was_rejected, rejected = self._stored.rejected, "; ".join(map(str, self.rejections))
        self._stored.ready, self._stored.told, self._stored.rejected = is_ready, told, rejected
        if is_ready and not was_ready:
            self.on.ready.emit()
        elif is_ready and was_told != told:
            self.on.changed.emit()
        elif was_ready and not is_ready:
            self.on.gone.emit()
        if rejected and was_rejected != rejected:
            self.on.rejected.emit()

    def _digest(self) -> str:
        """Of what ``changed`` is about."""
        what = (self.nodes, self.server_certificate, self.certificate)
        return hashlib.sha256(repr(what).encode()).hexdigest()
