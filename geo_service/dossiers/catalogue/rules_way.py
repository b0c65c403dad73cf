"""Rules about the way of a dossier: where it begins and ends, how statuses move, whether time runs.

Statuses and their moves are those of the national portal (domain notes §7; rows of `dossier.status_move`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from geo_service.dossiers.catalogue.graph import FINAL, NOBODY, Graph, Roles, Said, reach, rule

MOVES: Mapping[int, frozenset[int]] = {
    1: frozenset({2, 3, 5}),
    2: frozenset({4}),
    4: frozenset({5, 6, 7, 8, 9}),
    5: frozenset({4, 7, 8}),
    6: frozenset({4, 7, 8}),
    9: frozenset({10}),
}
LONGEST = {"working_day": 500, "calendar_day": 730, "working_hour": 400}


# ---- shape ---------------------------------------------------------------------------------------------------------


@rule("P01")
def _begins(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """The first step is the only beginning, at status 1."""
    steps = graph.definition.steps
    if not steps:
        yield "steps", "Thủ tục chưa có bước nào.", "The procedure has no step."
    elif steps[0].status != 1:
        yield (
            "steps.0.status",
            "Bước đầu tiên phải có trạng thái 1 (Mới đăng ký).",
            "The first step must have status 1.",
        )


@rule("P02")
def _named(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """Codes are given once, and actions name steps that exist."""
    definition = graph.definition
    for part in ("steps", "documents", "fields"):
        yield from _twice(part, [one.code for one in getattr(definition, part)])
    yield from _twice("fees", [f"{fee.code} ({fee.channel})" for fee in definition.fees])
    for i, field in enumerate(definition.fields):
        yield from _twice(f"fields.{i}.choices", [choice.code for choice in field.choices])
    yield from _twice("actions", [f"{a.from_step} → {a.code}" for a in definition.actions])
    yield from _twice("blocks", list(definition.blocks))
    for i, action in enumerate(definition.actions):
        for part, code in (("from", action.from_step), ("to", action.to)):
            if code not in graph.steps:
                yield f"actions.{i}.{part}", f"Không có bước “{code}”.", f"There is no step “{code}”."


def _twice(path: str, codes: list[str]) -> Iterator[Said]:
    for code, times in Counter(codes).items():
        if times > 1:
            yield path, f"Mã “{code}” bị dùng {times} lần.", f"The code “{code}” is used {times} times."


@rule("P03")
def _ends(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """No dead end: from every step a final one can be reached; final ones have no way out, and the result can be handed out."""
    finals = {code for code, step in graph.steps.items() if step.status in FINAL}
    live = reach(graph.back, finals)
    for code, step in graph.steps.items():
        path = f"steps.{graph.where[code]}"
        if code in finals and graph.ways[code]:
            yield (
                path,
                f"Bước “{code}” đã kết thúc, không được có thao tác.",
                f"Step “{code}” is final and has actions.",
            )
        elif code not in finals and not graph.ways[code]:
            yield path, f"Bước “{code}” là ngõ cụt.", f"Step “{code}” is a dead end."
        elif code not in live:
            yield path, f"Từ bước “{code}” không thể kết thúc hồ sơ.", f"From step “{code}” a dossier never ends."
        if (step.role == NOBODY) != (code in finals):
            yield (
                f"{path}.role",
                f"Bước “{code}”: chỉ bước kết thúc mới không có người phụ trách.",
                f"Step “{code}”: only a final step belongs to nobody.",
            )
    if not any(step.status == 10 for step in graph.steps.values()):
        yield "steps", "Không có bước trả kết quả (trạng thái 10).", "No step hands out the result (status 10)."


@rule("P04")
def _reachable(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """Every step can be reached from the first."""
    seen = reach(graph.ways, [step.code for step in graph.definition.steps[:1]])
    for code in graph.steps.keys() - seen:
        yield f"steps.{graph.where[code]}", f"Không thể đến bước “{code}”.", f"Step “{code}” cannot be reached."


@rule("P05")
def _moves(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """Statuses move as the national portal allows; staying is allowed."""
    for i, action, start, end in graph.actions:
        if start.status != end.status and end.status not in MOVES.get(start.status, frozenset()):
            yield (
                f"actions.{i}",
                f"Thao tác “{action.code}” chuyển trạng thái {start.status} → {end.status}, không được phép.",
                f"Action “{action.code}” moves status {start.status} → {end.status}, which is not allowed.",
            )


# ---- time ----------------------------------------------------------------------------------------------------------


@rule("P10")
def _clocks(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """A paused clock has a reason; before acceptance and after the decision no clock runs; between them one always does."""
    started = reach(graph.ways, [code for code, step in graph.steps.items() if step.clock != "none"])
    for i, step in enumerate(graph.definition.steps):
        path = f"steps.{i}.clock"
        if (step.clock == "paused") != (step.reason is not None):
            yield (
                f"steps.{i}.reason",
                f"Bước “{step.code}”: đồng hồ dừng phải có lý do, và chỉ khi dừng.",
                f"Step “{step.code}”: a paused clock has a reason, any other has none.",
            )
        if step.status in FINAL | {1, 9} and step.clock != "none":
            yield (
                path,
                f"Bước “{step.code}” (trạng thái {step.status}) không tính thời gian.",
                f"In step “{step.code}” (status {step.status}) no time counts.",
            )
        elif step.status in (2, 4, 5, 6) and step.clock == "none" and (step.status != 5 or step.code in started):
            yield (
                path,
                f"Bước “{step.code}” phải tính hoặc tạm dừng thời gian.",
                f"In step “{step.code}” the clock must run or be paused.",
            )
        elif step.status in (5, 6) and step.clock == "running":
            yield (
                path,
                f"Bước “{step.code}” chờ bên ngoài nên đồng hồ phải tạm dừng.",
                f"Step “{step.code}” waits for somebody outside: the clock is paused.",
            )


@rule("P11")
def _limit(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """A time limit that somebody could keep."""
    limit = graph.definition.limit
    if limit.n > LONGEST[limit.unit]:
        yield "limit.n", f"Thời hạn {limit.n} quá dài.", f"A limit of {limit.n} is too long."
    if limit.n == 0 and limit.unit != "working_day":
        yield "limit.n", "Chỉ thời hạn theo ngày làm việc mới có thể là 0.", "Only a limit in working days can be 0."
    if limit.cutoff is not None and limit.unit != "working_day":
        yield "limit.cutoff", "Giờ chốt chỉ dùng cho ngày làm việc.", "A cut-off hour goes with working days only."


@rule("P12", "warning")
def _days(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """The shortest way to the result takes no longer than the limit."""
    limit = graph.definition.limit
    if limit.unit != "working_day" or limit.n == 0 or not graph.steps:
        return
    first = graph.definition.steps[0].code
    days = {first: graph.steps[first].days or 0}
    for _ in graph.steps:
        for code in list(days):
            for to in graph.ways[code]:
                there = days[code] + (graph.steps[to].days or 0)
                days[to] = min(days.get(to, there), there)
    least = min((days[code] for code, step in graph.steps.items() if step.status == 9 and code in days), default=0)
    if least > limit.n:
        yield (
            "limit.n",
            f"Các bước cần ít nhất {least} ngày, thời hạn chỉ {limit.n} ngày.",
            f"The steps take {least} days at least, the limit is {limit.n}.",
        )


RULES = (_begins, _named, _ends, _reachable, _moves, _clocks, _limit, _days)
