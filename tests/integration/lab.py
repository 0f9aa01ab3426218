"""A model with the charm in it, and the waiting for what it does."""

from __future__ import annotations

import dataclasses
import logging
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import jubilant

from lxd import Lxd

APP = "lxd-integrator"
UNIT = f"{APP}/0"
CONSUMER = "consumer"

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Lab:
    """The model, the LXD that it is on, and what the LXD trusted before."""

    juju: jubilant.Juju
    lxd: Lxd
    before: Mapping[str, str]
    charm: pathlib.Path
    consumer: pathlib.Path
    logs: pathlib.Path
    pause: float
    patience: float

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Waits for a condition; what it was, and how things are, is told when it does not come."""
        start = time.monotonic()
        while not condition():
            waited = time.monotonic() - start
            if waited > self.patience:
                raise AssertionError(f"not within {waited:.0f} s: {what}\n{self.statuses()}\n{self.news()}")
            time.sleep(self.pause)
        log.info("%s (%.0f s)", what, time.monotonic() - start)

    def units(self, app: str) -> dict[str, jubilant.statustypes.UnitStatus]:
        """The units of an application; none if it is not there."""
        status = self.juju.status().apps.get(app)
        return status.units if status else {}

    def shows(self, app: str, units: int, text: str) -> None:
        """Waits until all units of an application are there and show a status, `active: 1 node, …`."""

        def condition() -> bool:
            shown = self.statuses(app)
            return len(shown) == units and all(text in line for line in shown.values())

        self.until(f"{units} of {app}: {text}", condition)

    def statuses(self, app: str | None = None) -> dict[str, str]:
        """What the units show."""
        apps = self.juju.status().apps
        return {
            name: f"{unit.workload_status.current}: {unit.workload_status.message}"
            for owner, status in apps.items()
            if app in (None, owner)
            for name, unit in status.units.items()
        }

    def news(self) -> dict[str, str]:
        """The entries of the trust store that were not there before."""
        store = self.lxd.store()
        lost = self.before.items() - store.items()
        assert not lost, f"not ours, and changed: {lost}"
        return {entry: store[entry] for entry in store.keys() - self.before.keys()}

    def trusts(self, number: int) -> None:
        """Waits until there are so many entries beyond those that were there before."""
        self.until(f"{number} new entries", lambda: len(self.news()) == number)

    def run(self, action: str, **parameters: str | bool) -> dict[str, Any]:
        """The results of an action, which must not fail."""
        task = self.juju.run(UNIT, action, parameters or None)
        assert task.status == "completed", task
        return task.results
