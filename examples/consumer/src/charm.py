"""Registers a certificate with the LXD behind lxd-integrator, and asks that LXD whether it is trusted."""

import hashlib
import http.client
import json
import ssl
import subprocess
from urllib.parse import urlsplit

import ops


class Consumer(ops.CharmBase):
    def __init__(self, framework):
        super().__init__(framework)
        self.key = self.charm_dir / "client.key"  # never on a relation
        self.certificate = self.charm_dir / "client.crt"
        lxd = self.on["lxd"]
        framework.observe(lxd.relation_created, self._ask)
        for event in (lxd.relation_changed, lxd.relation_departed, self.on.update_status):
            framework.observe(event, self._look)
        framework.observe(lxd.relation_broken, self._leave)

    def _ask(self, event):
        if not self.certificate.exists():
            self._make_certificate()
        wanted = json.dumps([self.certificate.read_text()])
        event.relation.data[self.unit]["client_certificates"] = wanted
        self.unit.status = ops.WaitingStatus("waiting for lxd-integrator")

    def _look(self, _):
        relation = self.model.get_relation("lxd")
        if relation is None or not self.certificate.exists():
            return
        answers = (relation.data[unit] for unit in relation.units)  # one of each integrator unit
        answer = next((answer for answer in answers if "version" in answer), None)
        self.unit.status = self._status(answer) if answer else ops.WaitingStatus("waiting for lxd-integrator")

    def _status(self, answer):
        certificate = self.certificate.read_text()
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
        for rejected in json.loads(answer.get("rejected_certificates", "[]")):
            if rejected.get("fingerprint") == fingerprint:
                return ops.BlockedStatus(rejected["reason"])
        if certificate not in json.loads(answer["registered_certificates"]):
            return ops.WaitingStatus("waiting for our certificate to be registered")
        node = json.loads(answer["nodes"])[0]
        try:
            trust = self._trust(node["endpoint"], answer["server_certificate"])
        except OSError as error:
            return ops.WaitingStatus(f"{node['endpoint']}: {error}")
        status = ops.ActiveStatus if trust == "trusted" else ops.WaitingStatus
        return status(f"{trust} at {node['endpoint']}")

    def _trust(self, endpoint, server_certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # LXD's certificate does not name its address; it is pinned instead
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=server_certificate)
        context.load_cert_chain(self.certificate, self.key)
        url = urlsplit(endpoint)
        lxd = http.client.HTTPSConnection(url.hostname, url.port, timeout=10, context=context)
        lxd.request("GET", "/1.0")
        return json.load(lxd.getresponse())["metadata"]["auth"]

    def _leave(self, _):
        self.unit.status = ops.WaitingStatus("relate to lxd-integrator")

    def _make_certificate(self):
        make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 3650".split()
        name = self.unit.name.replace("/", "-")
        files = ["-keyout", self.key, "-out", self.certificate]
        subprocess.run([*make, "-subj", f"/CN={name}", *files], check=True, capture_output=True)


if __name__ == "__main__":
    ops.main(Consumer)
