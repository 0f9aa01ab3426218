"""How the interface ``lxd`` writes a request and an answer into databags.

A ``Wire`` is pure: texts of a databag on one side, values on the other. Everything else in this
package speaks to that protocol alone, so the other interface for the same purpose, ``lxd-https``,
can be put beside it: one class here, one line in ``WIRES``, the same face for charms. (There a
databag has room for one certificate, the newest, and the answer does not say what is registered:
what stands in the answer is then what was asked for.)
"""

from __future__ import annotations

import functools
import json
import ssl
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ._model import Answer, Node, Rejection, fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_T = TypeVar("_T")


class Wire(Protocol):
    """A way to write requests and to read answers."""

    def request(self, certificates: Sequence[str]) -> dict[str, str]:
        """The keys of the requirer's databag; an empty text removes a key.

        Args:
            certificates: in PEM, the newest last; none withdraws the request.
        """
        ...

    def answer(self, databag: Mapping[str, str]) -> Answer | None:
        """What a databag of the provider says; ``None`` if it says nothing yet."""
        ...


class LxdWire:
    """The interface ``lxd``, version 1.0."""

    def request(self, certificates: Sequence[str]) -> dict[str, str]:
        """A JSON list of PEM texts."""
        return {"client_certificates": compact(list(certificates)) if certificates else ""}

    def answer(self, databag: Mapping[str, str]) -> Answer | None:
        """Leaves out what it cannot understand, and says so."""
        version = databag.get("version", "")
        if not version:
            return None
        problems: list[str] = []
        if version.split(".")[0] != "1":
            problems.append(f"version {version!r} is unknown")
            return Answer((), frozenset(), (), None, tuple(problems))

        def elements(key: str, read: Callable[[Any], _T]) -> tuple[_T, ...]:
            return _elements(databag, key, read, problems)

        return Answer(
            nodes=elements("nodes", _node),
            registered=frozenset(elements("registered_certificates", _registered)),
            rejections=elements("rejected_certificates", _rejection),
            server_certificate=_server_certificate(databag, problems),
            problems=tuple(problems),
        )


WIRES: dict[str, Wire] = {"lxd": LxdWire()}
"""By the name of the interface."""


def compact(value: object) -> str:
    """JSON as the interface has it: without blanks, and not escaped needlessly."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _elements(
    databag: Mapping[str, str], key: str, read: Callable[[Any], _T], problems: list[str]
) -> tuple[_T, ...]:
    """The elements of a JSON list that can be read; an absent list is empty."""
    try:
        values: Any = json.loads(databag.get(key) or "[]")
    except ValueError as error:
        problems.append(f"{key}: {error}")
        return ()
    if not isinstance(values, list):
        problems.append(f"{key}: not a list")
        return ()
    found: list[_T] = []
    for index, value in enumerate(values):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        try:
            found.append(read(value))
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # noqa: PERF203
            problems.append(f"{key}, element {index}: {error!r}")
    return tuple(found)


def _node(value: Any) -> Node:
    return Node(name=_text(value.get("name", "")), endpoint=_text(value["endpoint"]))


def _registered(value: Any) -> str:
    return fingerprint_of(_text(value))


def _rejection(value: Any) -> Rejection:
    fingerprint = value.get("fingerprint")
    code, _, message = _text(value["reason"]).partition(":")
    return Rejection(
        fingerprint=None if fingerprint is None else _text(fingerprint),
        code=code.strip(),
        message=message.strip(),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value


def _server_certificate(databag: Mapping[str, str], problems: list[str]) -> str | None:
    """Only one that TLS can use, and that is the one its fingerprint names."""
    certificate = databag.get("server_certificate", "")
    stated = databag.get("server_certificate_fingerprint")
    try:
        if stated is not None and stated != fingerprint_of(certificate):
            raise ValueError("it has another fingerprint than stated")
        _check(certificate)
    except (ValueError, ssl.SSLError) as error:
        problems.append(f"server_certificate: {error}")
        return None
    return certificate


@functools.lru_cache
def _check(certificate: str) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate)
