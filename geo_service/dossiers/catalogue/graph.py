"""What rules of the catalogue look at: a definition as a graph of steps, and the roles there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from geo_service.dossiers.catalogue.model import Action, Definition, Step

Severity = Literal["error", "warning"]
Roles = Mapping[str, Collection[str]]
"""Capabilities of every role of `accounts.role`."""

FINAL = frozenset({3, 7, 8, 10})
NOBODY = "nobody"


class Graph:
    """A definition's steps and the actions between them; actions from or to nowhere are left out (rule P02 names them)."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.steps: dict[str, Step] = {step.code: step for step in definition.steps}
        self.where: dict[str, int] = {step.code: i for i, step in reversed(list(enumerate(definition.steps)))}

    @cached_property
    def actions(self) -> list[tuple[int, Action, Step, Step]]:
        """Place, action, step it leaves, step it reaches."""
        return [
            (i, action, self.steps[action.from_step], self.steps[action.to])
            for i, action in enumerate(self.definition.actions)
            if action.from_step in self.steps and action.to in self.steps
        ]

    @cached_property
    def ways(self) -> dict[str, list[str]]:
        return {code: [a.to for _, a, _, _ in self.actions if a.from_step == code] for code in self.steps}

    @cached_property
    def back(self) -> dict[str, list[str]]:
        return {code: [a.from_step for _, a, _, _ in self.actions if a.to == code] for code in self.steps}


def reach(ways: Mapping[str, Iterable[str]], start: Iterable[str]) -> set[str]:
    """Every step on some way from `start`, itself included."""
    seen = set(start)
    queue = deque(seen)
    while queue:
        fresh = set(ways[queue.popleft()]) - seen
        seen |= fresh
        queue.extend(fresh)
    return seen


Said = tuple[str, str, str]
"""Path, sentence in Vietnamese, in English."""
Check = Callable[[Graph, Roles], Iterator[Said]]


@dataclass(frozen=True)
class Rule:
    """`code` is permanent."""

    code: str
    severity: Severity
    check: Check


def rule(code: str, severity: Severity = "error") -> Callable[[Check], Rule]:
    """Make a check a rule."""
    return lambda check: Rule(code, severity, check)
