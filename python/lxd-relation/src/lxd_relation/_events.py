"""What the requirer tells its charm."""

from __future__ import annotations

import ops


class LxdReadyEvent(ops.EventBase):
    """LXD lets us in: our certificate is registered, and the nodes are known."""


class LxdChangedEvent(ops.EventBase):
    """LXD still lets us in, but with another certificate, or its nodes or its own one changed."""


class LxdRejectedEvent(ops.EventBase):
    """A certificate of ours is not registered, and will not be: see ``rejections``."""


class LxdGoneEvent(ops.EventBase):
    """What ``LxdReadyEvent`` said is over."""


class LxdRequirerEvents(ops.ObjectEvents):
    """Told once each time; the requirer's properties say the same at any time."""

    ready = ops.EventSource(LxdReadyEvent)
    changed = ops.EventSource(LxdChangedEvent)
    rejected = ops.EventSource(LxdRejectedEvent)
    gone = ops.EventSource(LxdGoneEvent)
