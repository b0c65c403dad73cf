"""The procedures the service is shipped with: data/procedures.yaml, with shared flows and parts put in."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from geo_service.dossiers.catalogue.model import Definition

Table = dict[str, Any]
WEEK = 7 / 5  # calendar days to a working day


@functools.cache
def shipped() -> tuple[Definition, ...]:
    """Every shipped definition, whole, in the order of the file."""
    flows, parts = _read("flows"), _read("parts")
    return tuple(expand(entry, flows, parts) for entry in _read("procedures")["procedures"])


def in_force_from() -> date:
    """The day from which first versions hold."""
    day: date = _read("procedures")["in_force_from"]
    return day


def _read(name: str) -> Table:
    text = (files("geo_service.dossiers.catalogue") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    table: Table = yaml.load(text, Loader=yaml.CSafeLoader)
    return table


def expand(entry: Table, flows: Table, parts: Table) -> Definition:
    """A definition from an entry that names a flow (`flow`, `with`) and parts (`documents`, `fields`, `fees`).

    Raises KeyError for a name that is nowhere, pydantic's ValidationError for what is no definition.
    """
    given = {key: value for key, value in entry.items() if key not in {"flow", "with"}}
    for name in ("documents", "fields", "fees"):
        given[name] = list(_parts(given.get(name, ()), parts[name], parts["sets"]))
    return Definition.model_validate(given | _flow(entry, flows))


def _parts(wanted: list[str | Table], table: Table, sets: Table) -> Iterator[Table]:
    """Parts by code, by the name of a set, or altered by {use: code, …}."""
    for one in wanted:
        if isinstance(one, str) and one in sets:
            yield from _parts(sets[one], table, sets)
        else:
            yield _part(one, table)


def _part(one: str | Table, table: Table) -> Table:
    code, changes = (one, {}) if isinstance(one, str) else (one["use"], {k: v for k, v in one.items() if k != "use"})
    found = table[code]
    base = _part(found, table) if "use" in found else found
    return {"code": code, **base, **changes}


def _flow(entry: Table, flows: Table) -> Table:
    """Steps and actions of the entry's flow, with its words put in and days given by share of the limit."""
    flow = flows["flows"][entry["flow"]]
    words = {**flows["defaults"], **flow.get("with", {}), **entry.get("with", {})}
    pieces = [flows["pieces"][name] for name in flow["pieces"]]
    steps = [_filled(step, words) for piece in pieces for step in piece.get("steps", ())]
    actions = [_filled(action, words) for piece in pieces for action in piece["actions"]]
    days = _working_days(entry["limit"])
    return {"steps": [_with_days(step, days) for step in steps], "actions": actions}


def _filled(row: Table, words: Table) -> Table:
    return {k: words[v[1:]] if isinstance(v, str) and v.startswith("$") else v for k, v in row.items()}


def _working_days(limit: Table) -> float:
    match limit.get("unit", "working_day"):
        case "working_day":
            return float(limit["n"])
        case "calendar_day":
            return float(limit["n"] / WEEK)
    return 0.0


def _with_days(step: Table, days: float) -> Table:
    share = step.pop("share", None)
    return {**step, "days": max(1, int(days * share))} if share and days >= 1 else step
