"""Holds recorded databags to the schema.

    target/python/bin/python interfaces/lxd/check_databags.py FILE [MINIMUM]    # or LXD_DATABAGS names the file

The file has JSON in each line: {"side":"provider","databag":"unit","settings":{"version":"1.0",…}}. `side` is also
"requirer", `databag` also "app"; a member "source" is shown with a fault. Juju's own keys are left out. What stands in
no line of the schema is a fault here, and so is JSON that is not compact: the same state is to be the same text. So are
fewer databags than MINIMUM, 1 if it is not given: empty ones do not count.

With LXD_DATABAGS the tests of the charm write such a file: all that it commits, and what the library asks for.

It needs pydantic and pytest-interface-tester, which are in target/python after python/check.sh.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "interface/v0"))

import schema
from pydantic import BaseModel, ValidationError

MODELS: dict[tuple[str, str], type[BaseModel] | None] = {
    ("provider", "unit"): schema.ProviderUnitData,
    ("provider", "app"): None,
    ("requirer", "unit"): schema.RequirerData,
    ("requirer", "app"): schema.RequirerData,
}
JUJU = {"egress-subnets", "ingress-address", "private-address"}


def faults(side: str, databag: str, settings: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with one databag; nothing is wrong with an empty one."""
    model = MODELS[side, databag]
    own = written(settings)
    if not own:
        return
    known = set(model.model_fields) if model else set[str]()
    yield from (f"{key}: not in the schema" for key in own if key not in known)
    if not model:
        return
    try:
        model.model_validate(own)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in fault["loc"])
            yield f"{place}: {fault['msg']}"
        return
    for key, text in own.items():
        if text.startswith(("[", "{")) and not is_compact(text):
            yield f"{key}: not compact JSON"


def written(settings: Mapping[str, str]) -> dict[str, str]:
    """What the charm itself wrote."""
    return {key: text for key, text in settings.items() if key not in JUJU}


def is_compact(text: str) -> bool:
    """Whether JSON has no blanks, and no escapes that are not needed."""
    return text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def check(path: Path) -> tuple[Counter[str], list[str]]:
    """How many databags in a file are not empty, by kind, and what is wrong with them."""
    counts, found = Counter[str](), list[str]()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        try:
            record: dict[str, Any] = json.loads(line)
            side, databag, settings = record["side"], record["databag"], record["settings"]
            wrong = [*faults(side, databag, settings)]
        except (KeyError, TypeError, ValueError) as error:
            found.append(f"line {number}: not a record of a databag: {error!r}")
            continue
        counts[f"{side} {databag}"] += bool(written(settings))
        place = f"line {number}, {side} {databag}, {record.get('source', 'no source')}"
        found.extend(f"{place}: {fault}" for fault in wrong)
    return counts, found


def main() -> int:
    """Prints the faults; 1 if there are any, or too little was checked."""
    path = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LXD_DATABAGS", "")
    minimum = sys.argv[2] if len(sys.argv) > 2 else "1"
    if not path or not minimum.isdecimal():
        print("usage: check_databags.py FILE [MINIMUM]", file=sys.stderr)
        return 2
    counts, found = check(Path(path))
    count = counts.total()
    for fault in found:
        print(fault, file=sys.stderr)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    print(f"{count} databags checked ({kinds or 'none'}), {len(found)} faults")
    if count < int(minimum):
        print(f"at least {minimum} were expected", file=sys.stderr)
    return 1 if found or count < int(minimum) else 0


if __name__ == "__main__":
    sys.exit(main())
