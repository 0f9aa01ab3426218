"""The client's private key and certificate: made, and kept where others cannot read them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING, Protocol

import ops

from ._model import Mode, fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_DAYS = 3650
"""How long a certificate is valid. LXD's own client makes them for ten years too."""

_REQUEST = """\
[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = {common_name}
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = {usage}
"""

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\n.*?-----END \1-----\n", re.DOTALL)

_PREFIXES = ("", "next-")
"""Of the keys of what is kept: first the pair in use, then the one that is to follow."""


class KeyPairError(Exception):
    """A key pair could not be made."""


@dataclasses.dataclass(frozen=True)
class KeyPair:
    """A private key and its certificate, both in PEM.

    Raises:
        ValueError: if ``certificate`` is not one PEM certificate.
    """

    private_key: str = dataclasses.field(repr=False)
    certificate: str

    def __post_init__(self) -> None:
        fingerprint_of(self.certificate)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate in lower-case hex."""
        return fingerprint_of(self.certificate)

    @classmethod
    def generate(cls, common_name: str) -> KeyPair:
        """Makes a key on the curve P-384 and a certificate that it signs itself.

        The key goes through a pipe and not through a file.

        Args:
            common_name: of the certificate's subject; letters, digits and dashes. What is beyond
                64 characters is cut off.

        Raises:
            KeyPairError: if ``openssl`` is missing or fails.
        """
        return make(common_name, "clientAuth")


def make(common_name: str, usage: str) -> KeyPair:
    """A key pair for an extended key usage, as OpenSSL names it."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes"
    command += f" -days {_DAYS} -config /dev/stdin -keyout /dev/stdout -out /dev/stdout"
    try:
        made = subprocess.run(
            command.split(),
            input=_REQUEST.format(common_name=common_name[:64], usage=usage),
            capture_output=True,
            check=True,
            text=True,
        )
    except OSError as error:
        raise KeyPairError(f"cannot run openssl: {error}") from error
    except subprocess.CalledProcessError as error:
        raise KeyPairError(f"openssl failed: {error.stderr.strip()}") from error
    blocks = {block[1]: block[0] for block in _PEM.finditer(made.stdout)}
    return KeyPair(private_key=blocks["PRIVATE KEY"], certificate=blocks["CERTIFICATE"])


class KeyPairStore(Protocol):
    """Where key pairs are kept: the one in use, and while it is rotated the one to follow."""

    def load(self) -> list[KeyPair]:
        """What is kept, the newest last."""
        ...

    def save(self, key_pairs: Sequence[KeyPair]) -> None:
        """Keeps these instead of what was kept."""
        ...


class FileStore:
    """A file that only the charm's user can read, for Juju without secrets."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[KeyPair]:
        """What the file holds; nothing if there is none."""
        if not self._path.exists():
            return []
        return _decode(json.loads(self._path.read_text()))

    def save(self, key_pairs: Sequence[KeyPair]) -> None:
        """Replaces the file as a whole: after a crash it is the old one or the new one."""
        descriptor, temporary = tempfile.mkstemp(dir=self._path.parent)  # mode 0600
        with os.fdopen(descriptor, "w") as file:
            json.dump(_encode(key_pairs), file)
        os.replace(temporary, self._path)


class SecretStore:
    """A Juju secret of the unit, or of the application, granted to nobody."""

    def __init__(self, model: ops.Model, label: str, mode: Mode) -> None:
        self._model = model
        self._label = label
        self._mode = mode
        self._found: ops.Secret | None = None

    def load(self) -> list[KeyPair]:
        """What the secret holds; nothing if there is none."""
        secret = self._secret()
        return _decode(secret.get_content(refresh=True)) if secret else []

    def save(self, key_pairs: Sequence[KeyPair]) -> None:
        """A new revision, or a new secret; an application's can be written by its leader only."""
        content = _encode(key_pairs)
        secret = self._secret()
        if secret:
            secret.set_content(content)
            return
        owner = self._model.app if self._mode is Mode.APP else self._model.unit
        self._found = owner.add_secret(
            content, label=self._label, description="key and certificate for LXD"
        )

    def _secret(self) -> ops.Secret | None:
        if self._found is None:
            with contextlib.suppress(ops.SecretNotFoundError):
                self._found = self._model.get_secret(label=self._label)
        return self._found


def store_for(charm: ops.CharmBase, relation_name: str, mode: Mode) -> KeyPairStore:
    """A secret where Juju has them.

    A file that was made before Juju had them stays in use.

    Raises:
        KeyPairError: if a key is to be shared by units and Juju has no secrets.
    """
    path = charm.charm_dir / f".{relation_name}-key-pair.json"
    if charm.model.juju_version.has_secrets and not path.exists():
        return SecretStore(charm.model, label_for(relation_name, mode), mode)
    if mode is Mode.APP:
        raise KeyPairError("Mode.APP needs the secrets of Juju 3.1 and later")
    return FileStore(path)


def label_for(relation_name: str, mode: Mode) -> str:
    """Our name for the secret; a unit's and an application's may be there at the same time."""
    return f"{relation_name}-{mode.value}-key-pair"


def _encode(key_pairs: Sequence[KeyPair]) -> dict[str, str]:
    content: dict[str, str] = {}
    for prefix, pair in zip(_PREFIXES, key_pairs, strict=False):
        content[f"{prefix}private-key"] = pair.private_key
        content[f"{prefix}certificate"] = pair.certificate
    return content


def _decode(content: Mapping[str, str]) -> list[KeyPair]:
    found: list[KeyPair] = []
    for prefix in _PREFIXES:
        if f"{prefix}certificate" in content:
            key, certificate = content[f"{prefix}private-key"], content[f"{prefix}certificate"]
            found.append(KeyPair(private_key=key, certificate=certificate))
    return found
