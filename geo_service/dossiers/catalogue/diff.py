"""What a draft changes, in a form a person can read through. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geo_service.dossiers.catalogue.model import Definition

KEYS: Mapping[str, tuple[str, ...]] = {
    "steps": ("code",),
    "actions": ("from", "code"),
    "documents": ("code",),
    "fields": ("code",),
    "fees": ("code", "channel"),
    "choices": ("code",),
}
"""By which members the rows of a list are the same row before and after; other lists are compared whole."""


@dataclass(frozen=True)
class Change:
    """`path`: where, by code (`steps.checking.days`). `before` None: new; `after` None: gone."""

    path: str
    before: Any
    after: Any


def changes(before: Definition | None, after: Definition) -> list[Change]:
    """Differences in the order of the definition; without a version before, none (everything is new)."""
    if before is None:
        return []
    return list(_members("", before.document(), after.document()))


def _members(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        here = f"{path}.{name}".lstrip(".")
        old, new = before.get(name), after.get(name)
        if name in KEYS and isinstance(old, list) and isinstance(new, list):
            yield from _rows(here, KEYS[name], old, new)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _members(here, old, new)
        elif old != new:
            yield Change(here, old, new)


def _rows(path: str, key: tuple[str, ...], before: list[Any], after: list[Any]) -> Iterator[Change]:
    old = {".".join(str(row[part]) for part in key): row for row in before}
    new = {".".join(str(row[part]) for part in key): row for row in after}
    for code in dict.fromkeys([*old, *new]):
        if code in old and code in new:
            yield from _members(f"{path}.{code}", old[code], new[code])
        else:
            yield Change(f"{path}.{code}", old.get(code), new.get(code))
    kept = [code for code in old if code in new]
    if kept != [code for code in new if code in old]:
        yield Change(f"{path}.order", kept, [code for code in new if code in old])
