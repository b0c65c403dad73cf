"""Whether a definition can be published: what the rules find. Pure; an error forbids publishing, a warning asks for a second look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from geo_service.dossiers.catalogue import rules_acts, rules_way, rules_words
from geo_service.dossiers.catalogue.graph import Graph, Roles, Severity
from geo_service.dossiers.catalogue.model import Definition

RULES = tuple(sorted((*rules_way.RULES, *rules_acts.RULES, *rules_words.RULES), key=lambda one: one.code))


@dataclass(frozen=True)
class Finding:
    """`code`: of the rule; `path`: where in the definition, as `steps.3.role`, counted from 0."""

    code: str
    severity: Severity
    path: str
    vi: str
    en: str


def problems(definition: Definition, roles: Roles) -> list[Finding]:
    """Everything the rules find, errors first. Empty: it may be published as it is."""
    graph = Graph(definition)
    found = [Finding(one.code, one.severity, path, vi, en) for one in RULES for path, vi, en in one.check(graph, roles)]
    return sorted(found, key=lambda finding: finding.severity)


def errors(found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity == "error"]
