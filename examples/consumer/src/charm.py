"""Asks the LXD behind lxd-integrator whether it trusts this charm."""

import http.client
import json

import ops
from lxd_relation import LxdRequirer


class Consumer(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.lxd = LxdRequirer(self, "lxd")
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent):
        event.add_status(self._look() if self.lxd.is_ready else self.lxd.status())

    def _look(self) -> ops.StatusBase:
        node = self.lxd.nodes[0]
        lxd = http.client.HTTPSConnection(node.host, node.port, timeout=10, context=self.lxd.ssl_context())
        try:
            lxd.request("GET", "/1.0")
            trust = json.load(lxd.getresponse())["metadata"]["auth"]
        except OSError as error:
            return ops.WaitingStatus(f"{node.endpoint}: {error}")
        status = ops.ActiveStatus if trust == "trusted" else ops.WaitingStatus
        return status(f"{trust} at {node.endpoint}")


if __name__ == "__main__":
    ops.main(Consumer)
