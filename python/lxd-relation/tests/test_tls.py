"""Connections to a server on this machine, which looks enough like an LXD."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

import ops
import pytest
from ops import testing

from lxd_relation import KeyPair, LxdRequirer, Node
from lxd_relation.testing import (
    answered,
    key_pair,
    relation_for_requirer,
    secret_for_requirer,
    server_key_pair,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class Lxd(http.server.BaseHTTPRequestHandler):
    """Says whose certificate it sees."""

    def do_GET(self):
        assert isinstance(self.connection, ssl.SSLSocket)
        seen = self.connection.getpeercert(binary_form=True)
        ours = ssl.PEM_cert_to_DER_cert(key_pair().certificate)
        answer: dict[str, object] = {"auth": "trusted" if seen == ours else "untrusted"}
        answer["api_extensions"] = []
        body = json.dumps({"type": "sync", "metadata": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-"):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object):
        """A client that does not like our certificate goes away."""


@contextlib.contextmanager
def lxd(folder: Path, pair: KeyPair) -> Generator[Node]:
    file = folder / "server.pem"
    file.write_text(pair.private_key + pair.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=key_pair().certificate)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    with Server(("127.0.0.1", 0), Lxd) as server:
        # The handshake is left to the thread of each connection.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Node("node-1", f"https://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


class Charm(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.lxd = LxdRequirer(self)


@contextlib.contextmanager
def requirer(node: Node, server: KeyPair) -> Generator[LxdRequirer]:
    """As it is when the provider has told of this node, and that it has this certificate."""
    meta = {"name": "my-charm", "requires": {"lxd": {"interface": "lxd"}}}
    context = testing.Context(Charm, meta=meta)
    relation = relation_for_requirer("lxd", response=False)
    relation = answered(relation, nodes=[node], server_certificate=server.certificate)
    state = testing.State(relations={relation}, secrets={secret_for_requirer("lxd")})
    with context(context.on.update_status(), state) as manager:
        yield manager.charm.lxd


def auth(lxd: LxdRequirer) -> str:
    (node,) = lxd.nodes
    connection = http.client.HTTPSConnection(
        node.host, node.port, timeout=10, context=lxd.ssl_context()
    )
    with contextlib.closing(connection):
        connection.request("GET", "/1.0")
        return json.load(connection.getresponse())["metadata"]["auth"]


def expired(folder: Path) -> KeyPair:
    """A certificate whose last day was long ago, and that somebody else issued."""
    authority = server_key_pair("authority")
    (folder / "ca.key").write_text(authority.private_key)
    (folder / "ca.crt").write_text(authority.certificate)
    key, certificate, request = (folder / name for name in ("key", "certificate", "request"))
    (folder / "index").touch()
    (folder / "serial").write_text("01")
    config = folder / "config"
    config.write_text(
        f"[ca]\ndefault_ca = ca\n[ca]\ndatabase = {folder}/index\nserial = {folder}/serial\n"
        f"new_certs_dir = {folder}\ndefault_md = sha256\npolicy = any\n[any]\n"
        "commonName = supplied\n[req]\ndistinguished_name = dn\n[dn]\n"
    )
    for command in (
        f"req -new -newkey rsa:2048 -nodes -subj /CN=old -keyout {key} -out {request}",
        f"ca -batch -keyfile {folder}/ca.key -cert {folder}/ca.crt -in {request}"
        f" -out {certificate} -notext -startdate 20010101000000Z -enddate 20020101000000Z",
    ):
        command = [*command.split(), "-config", str(config)]
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return KeyPair(key.read_text(), certificate.read_text())


def test_the_context_lets_us_into_the_server_that_we_were_told_of(tmp_path: Path):
    server = server_key_pair()
    with lxd(tmp_path, server) as node, requirer(node, server) as ours:
        assert auth(ours) == "trusted"


def test_the_context_shuns_every_other_server(tmp_path: Path):
    with (
        lxd(tmp_path, server_key_pair("impostor")) as node,
        requirer(node, server_key_pair()) as ours,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        auth(ours)


def test_what_was_named_is_trusted_past_its_last_day_and_whoever_issued_it(tmp_path: Path):
    old = expired(tmp_path)
    with lxd(tmp_path, old) as node, requirer(node, old) as ours:
        assert auth(ours) == "trusted"


def test_lxd_is_away():
    """Port 9 of loopback: nobody is there."""
    node = Node("away", "https://127.0.0.1:9")
    with requirer(node, server_key_pair()) as ours, pytest.raises(OSError, match="refused"):
        assert ours.is_ready
        auth(ours)


def test_pylxd_pins_the_server_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(files))
    server = server_key_pair()
    with lxd(tmp_path, server) as node:
        with requirer(node, server) as ours, ours.pylxd_client(timeout=10) as client:
            assert client.host_info["auth"] == "trusted"
            (key,) = files.glob("*/client.key")
            assert key.parent.stat().st_mode & 0o777 == 0o700
        with requirer(node, server_key_pair("impostor")) as ours:
            import pylxd.exceptions  # pyright: ignore[reportMissingTypeStubs]

            with (
                pytest.raises(pylxd.exceptions.ClientConnectionFailed),
                ours.pylxd_client(timeout=10),
            ):
                pass
    assert not list(files.rglob("client.key"))
