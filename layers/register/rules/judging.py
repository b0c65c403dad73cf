"""What the rules say of an edit: a pure function of the rules, the faces before and after, and what lies around them.

Judged are pieces: parcels that the edit makes, or makes smaller, by cutting others. A merger of whole parcels is no piece; a piece that is merged in
the same act is judged as the parcel it becomes part of (Land Law art. 220). A neighbour that only gains vertices, or grows, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from layers.fabric.model import Face, State
from layers.register.rules import words
from layers.register.rules.measures import (
    Frontage,
    connected_roads,
    cut_from,
    depth_m,
    frontage,
    is_road,
    outline,
    smaller,
    width_m,
)
from layers.register.rules.model import Code, LandGroup, Moment, Outcome, Place, Rule, Rulebook, UnitClass, Verdict


@dataclass(frozen=True, slots=True)
class Piece:
    """A parcel to judge: what it comes under, and where it meets roads."""

    face: Face
    group: LandGroup | None
    unit_class: UnitClass | None
    roads: Frontage

    @property
    def drafted(self) -> bool:
        return self.face.id < 0


def judge(
    rules: Rulebook,
    retired: Sequence[Face],
    created: Sequence[Face],
    surroundings: State,
    unit_types: Mapping[str, UnitClass],
    on: date,
) -> tuple[Verdict, ...]:
    """Verdicts on everything that was cut, parcel by parcel, in the order of `created`.

    `surroundings`: the state the edit was made in. `unit_types`: what kind of unit each unit is on that day; one that is not there cannot be judged.
    """
    before = {face.id: face for face in retired}
    after = surroundings.changed(created, gone=before.keys())
    roads = connected_roads(after, frozenset(face.id for face in created if face.id < 0))
    verdicts: list[Verdict] = []
    for face in created:
        sources = [old for old in cut_from(face, retired) if old.facts.kind == "land"] if smaller(face, before) else []
        if not sources:
            continue
        unit_class = unit_types.get(face.facts.unit)
        if is_road(face):
            verdicts += _path(rules, Piece(face, None, unit_class, Frontage((), ())), width_m(face, after), sources, on)
        elif face.facts.kind == "land":
            group = rules.land_groups.get(face.facts.land_use or "")
            verdicts += _piece(rules, Piece(face, group, unit_class, frontage(face, after, roads)), on)
    return tuple(verdicts)


def stopping(verdicts: Sequence[Verdict], moment: Moment) -> tuple[Verdict, ...]:
    """Those for which an act is to be refused."""
    return tuple(verdict for verdict in verdicts if verdict.stops(moment))


def _piece(rules: Rulebook, piece: Piece, on: date) -> Iterator[Verdict]:
    yield from _area(rules, piece, on)
    for code, check in CHECKS.items():
        rule = rules.find(code, piece.group, piece.unit_class, on)
        if rule is not None:
            yield check(rule, piece)


def _area(rules: Rulebook, piece: Piece, on: date) -> Iterator[Verdict]:
    """As it is printed, to 0.1 m2. The whole face: what lies in front of the red line is not known, so a pass is one as far as is known."""
    rule = rules.find("area", piece.group, piece.unit_class, on)
    if rule is not None:
        area = round(piece.face.area_m2, 1)
        yield _compare(rule, piece, area, outline(piece.face))
        return
    other = next((rule for rule in rules.rules if rule.code == "area" and rule.holds(on)), None)
    if other is not None:
        yield _untested(other, piece, "no-class" if piece.unit_class is None else "no-group")


def _frontage(rule: Rule, piece: Piece) -> Verdict:
    line = piece.roads.lines[0] if piece.roads.lines else ()
    length = round(piece.roads.length_m, 2)
    if rule.threshold is not None and length < rule.threshold and piece.roads.unknown:
        return _untested(rule, piece, "edge", where=piece.roads.unknown)
    return _compare(rule, piece, length, line or outline(piece.face))


def _depth(rule: Rule, piece: Piece) -> Verdict:
    """From the red line, which is not on record. It runs along the road or inside the parcel, so the depth from the road is the most it can be."""
    if rule.threshold is None:
        return _untested(rule, piece, "no-threshold")
    if not piece.roads.lines:
        return _untested(rule, piece, "no-red-line")
    line = piece.roads.lines[0]
    depth = round(depth_m(piece.face, line), 2)
    if depth < rule.threshold:
        return _compare(rule, piece, depth, line)
    return _untested(rule, piece, "no-red-line", at_most=depth, where=line)


def _access(rule: Rule, piece: Piece) -> Verdict:
    shared = round(piece.roads.shared_m, 2)
    if shared == 0 and piece.roads.unknown:
        return _untested(rule, piece, "edge", where=piece.roads.unknown)
    where = tuple(segment for line in piece.roads.lines for segment in line) or outline(piece.face)
    texts = words.connected(rule, shared, passes=shared > 0, drafted=piece.drafted)
    return _verdict(rule, piece.face, "pass" if shared > 0 else "fail", texts, where, measured=shared)


def _red_line(rule: Rule, piece: Piece) -> Verdict:
    return _untested(rule, piece, "no-red-line")


CHECKS: Mapping[Code, Callable[[Rule, Piece], Verdict]] = {
    "frontage": _frontage,
    "depth": _depth,
    "access": _access,
    "red_line": _red_line,
}


def _path(rules: Rulebook, piece: Piece, width: float | None, sources: Sequence[Face], on: date) -> Iterator[Verdict]:
    """A path that was cut from land, by the rule of the land it was cut from."""
    group = rules.land_groups.get(max(sources, key=lambda old: old.area_m2).facts.land_use or "")
    rule = rules.find("path_width", group, piece.unit_class, on)
    if rule is None:
        return
    if width is None:
        yield _untested(rule, piece, "no-sides")
    else:
        yield _compare(rule, piece, round(width, 2), outline(piece.face))


def _compare(rule: Rule, piece: Piece, measured: float, where: tuple[Place, ...]) -> Verdict:
    if rule.threshold is None:
        return _untested(rule, piece, "no-threshold", where=where)
    passes = measured >= rule.threshold
    texts = words.compared(rule, measured, piece.group, piece.unit_class, passes=passes, drafted=piece.drafted)
    return _verdict(rule, piece.face, "pass" if passes else "fail", texts, where, measured=measured)


def _untested(
    rule: Rule,
    piece: Piece,
    reason: words.Reason,
    *,
    at_most: float | None = None,
    where: tuple[Place, ...] | None = None,
) -> Verdict:
    texts = words.untested(rule.code, reason, rule.source, at_most=at_most)
    return _verdict(rule, piece.face, "not_testable", texts, where or outline(piece.face), measured=at_most)


def _verdict(
    rule: Rule,
    face: Face,
    outcome: Outcome,
    texts: words.Pair,
    where: tuple[Place, ...],
    *,
    measured: float | None,
) -> Verdict:
    return Verdict(
        rule.code,
        outcome,
        rule.severity,
        rule.moments,
        face.id,
        measured,
        rule.threshold,
        rule.unit,
        *texts,
        rule.source,
        where,
    )
