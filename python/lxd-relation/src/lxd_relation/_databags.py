"""Databags: which relation counts, what the provider's units say in it, and how to write."""

from __future__ import annotations

import collections
import logging
from typing import TYPE_CHECKING

import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Set

    from ._model import Answer
    from ._wire import Wire

logger = logging.getLogger(__name__)


def living(relations: Collection[ops.Relation]) -> ops.Relation | None:
    """The newest with units on the other side.

    There may be several: Juju lists one that was removed by force until its agent restarts,
    without units, and then what is read or written there is the new one's.
    """
    with_units = [relation for relation in relations if relation.units]
    return max(with_units or relations, key=lambda relation: relation.id, default=None)


def answers(relation: ops.Relation, wire: Wire) -> dict[str, Answer]:
    """What the provider's units say, by their names, those with lower numbers first."""
    found: dict[str, Answer] = {}
    for unit in sorted(relation.units, key=lambda unit: int(unit.name.rpartition("/")[2])):
        answer = wire.answer(_read(relation, unit))
        if answer:
            found[unit.name] = answer
    return found


def best(answers: Iterable[Answer], ours: Set[str]) -> Answer | None:
    """The one to go by where units disagree for a while.

    It is one that has registered most of our certificates, by fingerprint; then, one that most
    units agree on.
    """
    answers = list(answers)
    votes = collections.Counter((a.nodes, a.server_certificate) for a in answers)
    return max(
        answers,
        key=lambda a: (len(ours & a.registered), votes[(a.nodes, a.server_certificate)]),
        default=None,
    )


def write(
    relation: ops.Relation, owner: ops.Unit | ops.Application, values: Mapping[str, str]
) -> None:
    """Writes what is not there already."""
    own = _read(relation, owner)
    changes = {key: value for key, value in values.items() if own.get(key, "") != value}
    if not changes:
        return
    try:
        relation.data[owner].update(changes)
    except ops.ModelError as error:
        logger.warning("cannot write the databag of %s: %s", owner.name, error)


def _read(relation: ops.Relation, owner: ops.Unit | ops.Application) -> Mapping[str, str]:
    """Empty where Juju no longer shows it: the relation is over, or the unit is."""
    try:
        return dict(relation.data[owner])
    except (KeyError, ops.ModelError) as error:
        logger.warning("cannot read the databag of %s: %s", owner.name, error)
        return {}
