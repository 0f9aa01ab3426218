"""Connections to an LXD whose certificate is known."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from ._key_pair import KeyPair
    from ._model import Node

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""


def client_context(key_pair: KeyPair, server_certificate: str) -> ssl.SSLContext:
    """Presents our certificate, and accepts the server that presents this one.

    LXD's certificate does not name its address, and LXD itself goes on using it past its last
    day; so neither decides. What does is whether it is the one that we were told of.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    context.load_verify_locations(cadata=server_certificate)
    with tempfile.NamedTemporaryFile("w") as file:  # mode 0600; ssl reads keys from files only
        file.write(key_pair.private_key + key_pair.certificate)
        file.flush()
        context.load_cert_chain(file.name)
    return context


@contextlib.contextmanager
def pylxd_client(
    node: Node, key_pair: KeyPair, server_certificate: str, **options: Any
) -> Generator[Any]:
    """A pylxd client, whose files are there as long as it is used."""
    import pylxd.client  # pyright: ignore[reportMissingTypeStubs]

    library: Any = pylxd.client  # what types it has are wrong

    with tempfile.TemporaryDirectory() as folder:  # mode 0700
        paths: list[str] = []
        for name, text in (
            ("client.crt", key_pair.certificate),
            ("client.key", key_pair.private_key),
            ("server.crt", server_certificate),
        ):
            path = Path(folder, name)
            path.write_text(text)
            paths.append(str(path))
        certificate, key, server = paths
        pair = (certificate, key)
        session = library.get_session_for_url(node.endpoint, verify=server, cert=pair)
        session.trust_env = False  # REQUESTS_CA_BUNDLE would replace the server's certificate
        yield library.Client(node.endpoint, cert=pair, session=session, **options)
