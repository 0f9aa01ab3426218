"""What both sides say to each other, as values."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import ssl
from urllib.parse import urlsplit


class Mode(enum.Enum):
    """Whose the client certificate is."""

    UNIT = "unit"
    """Each unit has its own, asked for in its unit databag."""
    APP = "app"
    """All units share one, asked for by the leader in the application databag."""


@dataclasses.dataclass(frozen=True)
class Node:
    """A server of the LXD: itself, or a member of its cluster."""

    name: str
    endpoint: str
    """``https://<host>:<port>``; an IPv6 address stands in brackets."""

    def __post_init__(self) -> None:
        url = urlsplit(self.endpoint)
        if url.scheme != "https" or not url.hostname or url.port is None:
            raise ValueError(f"not https://<host>:<port>: {self.endpoint!r}")

    @property
    def host(self) -> str:
        """The endpoint's host, an IPv6 address without brackets."""
        return urlsplit(self.endpoint).hostname or ""

    @property
    def port(self) -> int:
        """The endpoint's port."""
        return urlsplit(self.endpoint).port or 0


@dataclasses.dataclass(frozen=True)
class Rejection:
    """A certificate that the provider will not register, and why."""

    fingerprint: str | None
    """SHA-256 of the certificate in lower-case hex; ``None`` where there is no certificate."""
    code: str
    """For programs: ``expired``, ``refused``, …; the interface's specification lists them."""
    message: str
    """For people."""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What one unit of the provider says, as far as it can be understood."""

    nodes: tuple[Node, ...]
    registered: frozenset[str]
    """The fingerprints of the requirer's certificates that LXD trusts."""
    rejections: tuple[Rejection, ...]
    server_certificate: str | None
    """PEM of the certificate that the nodes present."""
    problems: tuple[str, ...]
    """What could not be understood and was left out."""


def fingerprint_of(certificate: str) -> str:
    """The SHA-256 of a certificate in PEM, in lower-case hex.

    Raises:
        ValueError: if the text is not one PEM certificate.
    """
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
