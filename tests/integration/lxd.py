"""The LXD behind the model, as `lxc` shows it, and certificates for it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import ssl
import subprocess
from typing import Any


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A client certificate and its key, in PEM."""

    pem: str
    key: str

    @classmethod
    def make(cls, name: str, folder: pathlib.Path) -> Certificate:
        """A new one, made by openssl in `folder`."""
        key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
        make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 30"
        files = ["-keyout", str(key), "-out", str(certificate)]
        command = [*make.split(), "-subj", f"/CN={name}", *files]
        subprocess.run(command, check=True, capture_output=True)
        return cls(pem=certificate.read_text(), key=key.read_text())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in lower-case hex."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.pem)).hexdigest()


class Lxd:
    """What the tests ask of it; `lxc` must reach it as an administrator."""

    def query(self, path: str, *arguments: str) -> Any:
        """What the API answers to a request."""
        command = ["lxc", "query", *arguments, path]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return json.loads(answer) if answer.strip() else None

    def store(self) -> dict[str, str]:
        """The names in the trust store by their fingerprints."""
        entries = self.query("/1.0/certificates?recursion=1")
        return {entry["fingerprint"]: entry["name"] for entry in entries}

    def add(self, name: str, certificate: Certificate) -> None:
        """Trusts a client."""
        body = "".join(certificate.pem.splitlines()[1:-1])
        entry = json.dumps({"name": name, "type": "client", "certificate": body})
        self.query("/1.0/certificates", "--request", "POST", "--data", entry)

    def remove(self, fingerprint: str) -> None:
        """Trusts a client no longer."""
        self.query(f"/1.0/certificates/{fingerprint}", "--request", "DELETE")
