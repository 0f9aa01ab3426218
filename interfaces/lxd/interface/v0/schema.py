"""The databags of the relation interface `lxd`, version 1.0.

It exposes two interface_tester.schema_base.DataBagSchema subclasses called:
- ProviderSchema
- RequirerSchema

Examples:
    ProviderSchema:
        unit: {
            "version": "1.0",
            "nodes": [
                {
                    "endpoint": "https://10.10.10.10:8443",
                    "name": "node-1",
                    "trusted_certs_fp": ["5d1c… (64 hexadecimal digits)"]
                }
            ],
            "registered_certificates": ["-----BEGIN CERTIFICATE-----\\nMIIB…"],
            "rejected_certificates": [
                {
                    "unit": "my-charm/0",
                    "index": 1,
                    "fingerprint": "9a0f… (64 hexadecimal digits)",
                    "reason": "expired: on 2026-01-31T12:00:00Z"
                }
            ],
            "server_certificate": "-----BEGIN CERTIFICATE-----\\nMIIC…",
            "server_certificate_fingerprint": "43ab… (64 hexadecimal digits)"
        }
        app: <empty>
    RequirerSchema:
        unit: {"client_certificates": ["-----BEGIN CERTIFICATE-----\\nMIIB…"]}
        app: {"client_certificates": ["-----BEGIN CERTIFICATE-----\\nMIIB…"]}
"""

import hashlib
import ssl
from typing import Annotated
from urllib.parse import urlsplit

from interface_tester.schema_base import DataBagSchema
from pydantic import AfterValidator, BaseModel, Field, Json, model_validator

CODES = (
    "expired",
    "not-a-certificate",
    "not-yet-valid",
    "other-type",
    "private-key",
    "refused",
    "too-large",
    "too-many",
    "unreadable",
    "unusable-key",
    "weak-key",
)
"""Why a certificate is rejected. Others may follow: a requirer takes what it does not know as a refusal."""


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    if url.scheme != "https" or not url.hostname or url.port is None or url.path:
        raise ValueError("not https://<host>:<port>")
    return text


def _reason(text: str) -> str:
    code, separator, words = text.partition(": ")
    if code not in CODES or not separator or not words.strip():
        raise ValueError("not a known code, a colon, a blank and words")
    return text


def _sorted(fingerprints: list[str]) -> list[str]:
    if fingerprints != sorted(set(fingerprints)):
        raise ValueError("not in ascending order, each once")
    return fingerprints


def _certificate(text: str) -> str:
    ssl.PEM_cert_to_DER_cert(text)
    return text


Fingerprint = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Node(BaseModel):
    """A server that the requirer can use."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = Field(
        description="URL of scheme, host and port; an IPv6 address stands in brackets.",
        examples=["https://10.10.10.10:8443"],
    )
    name: str = Field(description="What the server calls itself.", examples=["node-1"])
    trusted_certs_fp: Annotated[list[Fingerprint], AfterValidator(_sorted)] = Field(
        description="Those of this relation's certificates that LXD trusts, ascending."
    )


class Rejection(BaseModel):
    """Something that was asked for and cannot be registered."""

    unit: str = Field(
        description="The unit whose databag it is; the application's name for the application's databag.",
        examples=["my-charm/0", "my-charm"],
    )
    index: int = Field(ge=0, description="The place in the list; 0 where the value is no list.")
    fingerprint: Fingerprint | None = Field(default=None, description="Of the certificate; absent where there is none.")
    reason: Annotated[str, AfterValidator(_reason)] = Field(
        description="A code for programs, a colon and a blank, and words for people.",
        examples=["expired: on 2026-01-31T12:00:00Z"],
    )


def _nodes(nodes: list[Node]) -> list[Node]:
    if nodes != sorted(nodes, key=lambda node: node.name):
        raise ValueError("not sorted by name")
    return nodes


def _rejections(rejections: list[Rejection]) -> list[Rejection]:
    if not rejections:
        raise ValueError("empty: the key is to be absent")

    def place(rejection: Rejection) -> tuple[int, int]:
        _, slash, number = rejection.unit.partition("/")
        return (int(number) if slash else -1, rejection.index)

    if rejections != sorted(rejections, key=place):
        raise ValueError("not sorted by databag, then index")
    return rejections


class ProviderUnitData(BaseModel):
    """All keys appear together, except `rejected_certificates`; before that the databag is empty."""

    version: str = Field(pattern=r"^1\.0$", description="The version of the interface.")
    nodes: Json[Annotated[list[Node], AfterValidator(_nodes)]] = Field(
        description="The LXD, or the members of its cluster that can be used."
    )
    registered_certificates: Json[list[str]] = Field(
        description="The requirer's texts whose certificates LXD trusts, each as it was written."
    )
    rejected_certificates: Json[Annotated[list[Rejection], AfterValidator(_rejections)]] | None = Field(
        default=None, description="What cannot be registered; absent if there is nothing."
    )
    server_certificate: Annotated[str, AfterValidator(_certificate)] = Field(
        description="PEM of the certificate that the nodes present, for pinning."
    )
    server_certificate_fingerprint: Fingerprint = Field(description="SHA-256 of the DER of `server_certificate`.")

    @model_validator(mode="after")
    def _fits(self) -> "ProviderUnitData":
        der = ssl.PEM_cert_to_DER_cert(self.server_certificate)
        if self.server_certificate_fingerprint != hashlib.sha256(der).hexdigest():
            raise ValueError("server_certificate has another fingerprint")
        return self


class RequirerData(BaseModel):
    """The same in the unit's and the application's databag; the sum of all databags is asked for."""

    client_certificates: Json[list[str]] | None = Field(
        default=None,
        description="Certificates in PEM. Absent, empty or `[]` withdraws what the databag asked for.",
    )


class ProviderSchema(DataBagSchema):
    """Each unit of the provider says the same, in its own databag."""

    unit: ProviderUnitData  # pyright: ignore[reportGeneralTypeIssues, reportIncompatibleVariableOverride]


class RequirerSchema(DataBagSchema):
    """Either databag, or both."""

    unit: RequirerData = RequirerData()  # pyright: ignore[reportIncompatibleVariableOverride]
    app: RequirerData = RequirerData()  # pyright: ignore[reportIncompatibleVariableOverride]
