"""The requirer's side of the relation interface ``lxd``, for charms that use an LXD.

A charm that provides the interface, such as ``lxd-integrator``, registers the client certificates
of related charms in the trust store of an LXD, and says where that LXD listens. ``LxdRequirer``
does what the requirer has to do::

    class MyCharm(ops.CharmBase):
        def __init__(self, framework: ops.Framework):
            super().__init__(framework)
            self.lxd = LxdRequirer(self, "lxd")
            framework.observe(self.lxd.on.ready, self._on_lxd)
            framework.observe(self.lxd.on.changed, self._on_lxd)

        def _on_lxd(self, _):
            with self.lxd.pylxd_client() as client:
                client.instances.all()

The README of the package says more; ``lxd_relation.testing`` fills relations for unit tests.
"""

from ._events import (
    LxdChangedEvent,
    LxdGoneEvent,
    LxdReadyEvent,
    LxdRejectedEvent,
    LxdRequirerEvents,
)
from ._key_pair import KeyPair, KeyPairError
from ._model import Mode, Node, Rejection
from ._requirer import LxdRelationError, LxdRequirer
from ._version import __version__

__all__ = [
    "KeyPair",
    "KeyPairError",
    "LxdChangedEvent",
    "LxdGoneEvent",
    "LxdReadyEvent",
    "LxdRejectedEvent",
    "LxdRelationError",
    "LxdRequirer",
    "LxdRequirerEvents",
    "Mode",
    "Node",
    "Rejection",
    "__version__",
]
