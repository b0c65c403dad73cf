"""Rules about who does what: roles and what they may, what an action is called and does, papers, the map, words.

Papers are the forms of TT 03/2025/TT-VPCP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from geo_service.dossiers.catalogue.graph import NOBODY, Graph, Roles, Said, reach, rule
from geo_service.dossiers.catalogue.model import ActionKind

OUTSIDERS = frozenset({"citizen", "partner"})
PAPER_OF: Mapping[ActionKind, str] = {
    "accept": "01",
    "ask_supplement": "02",
    "refuse": "03",
    "apologise": "04",
    "stop": "05",
}
WITH_REASON: frozenset[ActionKind] = frozenset({"refuse", "ask_supplement", "send_back", "stop", "apologise"})
ENDS_IN: Mapping[ActionKind, int] = {
    "accept": 2,
    "refuse": 3,
    "ask_supplement": 5,
    "supplement": 4,
    "tax_slip": 6,
    "tax_notice": 6,
    "ask_payment": 6,
    "paid": 4,
    "withdraw": 7,
    "stop": 8,
    "finish": 9,
    "hand_out": 10,
}
DONE_BY: Mapping[ActionKind, str] = {
    "supplement": "citizen",
    "withdraw": "citizen",
    "tax_notice": "partner",
    "paid": "partner",
}


# ---- who -----------------------------------------------------------------------------------------------------------


@rule("P06")
def _roles_exist(graph: Graph, roles: Roles) -> Iterator[Said]:
    """Roles are those of accounts, the applicant or a partner."""
    known = roles.keys() | OUTSIDERS
    for i, step in enumerate(graph.definition.steps):
        if step.role not in known | {NOBODY}:
            yield f"steps.{i}.role", f"Không có vai trò “{step.role}”.", f"There is no role “{step.role}”."
    for i, action in enumerate(graph.definition.actions):
        if action.role not in known:
            yield f"actions.{i}.role", f"Không có vai trò “{action.role}”.", f"There is no role “{action.role}”."


@rule("P07")
def _outsiders(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """The applicant has a dossier at statuses 5 and 6 only, a partner at 6; and status 5 is always the applicant's."""
    allowed = {"citizen": {5, 6}, "partner": {6}}
    for i, step in enumerate(graph.definition.steps):
        if step.status not in allowed.get(step.role, {step.status}):
            yield (
                f"steps.{i}.role",
                f"Bước “{step.code}” (trạng thái {step.status}) không thể do người nộp hoặc đối tác giữ.",
                f"Step “{step.code}” (status {step.status}) cannot be with the applicant or a partner.",
            )
        if step.status == 5 and step.role != "citizen":
            yield (
                f"steps.{i}.role",
                f"Bước “{step.code}” chờ bổ sung giấy tờ nên phải do người nộp giữ.",
                f"Step “{step.code}” waits for papers and must be with the applicant.",
            )
        if step.status == 6 and step.role not in OUTSIDERS:
            yield (
                f"steps.{i}.role",
                f"Bước “{step.code}” chờ nghĩa vụ tài chính nên phải do người nộp hoặc đối tác giữ.",
                f"Step “{step.code}” waits for payment and must be with the applicant or a partner.",
            )
    for i, action, start, _ in graph.actions:
        if action.role == "citizen" and action.kind not in DONE_BY:
            yield (
                f"actions.{i}.role",
                f"Thao tác “{action.code}” không phải của người nộp hồ sơ.",
                f"Action “{action.code}” is not the applicant's.",
            )
        if action.role == "partner" and start.status != 6:
            yield (
                f"actions.{i}.role",
                f"Đối tác chỉ trả lời ở trạng thái 6, không phải ở bước “{start.code}”.",
                f"A partner answers at status 6 only, not in step “{start.code}”.",
            )


@rule("P08")
def _way_back(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """Who waits for an outsider can be let go: a withdrawal, or a way back to the desk."""
    for code, step in graph.steps.items():
        if step.role in OUTSIDERS and not any(graph.steps[to].status in (4, 7) for to in graph.ways[code]):
            yield (
                f"steps.{graph.where[code]}",
                f"Bước “{code}” chờ bên ngoài nhưng không rút được hồ sơ và không quay lại xử lý được.",
                f"Step “{code}” waits for somebody outside, with neither a withdrawal nor a way back.",
            )


@rule("P09")
def _capabilities(graph: Graph, roles: Roles) -> Iterator[Said]:
    """Who draws, decides on the map or changes the books has the authority for it."""
    for i, action, start, _ in graph.actions:
        needed = set()
        if action.map != "none":
            needed.add("edit.approve")
        if action.kind == "propose_map":
            needed.add("edit.propose")
        if action.effect in ("block", "lift"):
            needed.add("block.write")
        if action.effect == "rights" and action.map == "none":
            needed.add("rights.write")  # where a map is committed, rights follow it
        for capability in sorted(needed - set(roles.get(action.role, needed))):
            yield (
                f"actions.{i}.role",
                f"Vai trò “{action.role}” không có quyền “{capability}” mà thao tác “{action.code}” cần.",
                f"Role “{action.role}” lacks “{capability}”, which action “{action.code}” needs.",
            )
        if action.kind == "propose_map" and not start.map:
            yield (
                f"actions.{i}.from",
                f"Bước “{start.code}” không lập bản vẽ nên không trình bản vẽ được.",
                f"Nothing is drawn in step “{start.code}”, so no map can be proposed there.",
            )


# ---- what actions do -----------------------------------------------------------------------------------------------


@rule("P13")
def _kinds(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """What an action is called is what it does."""
    for i, action, start, end in graph.actions:
        wanted = ENDS_IN.get(action.kind)
        if wanted is not None and end.status != wanted:
            yield (
                f"actions.{i}.to",
                f"Thao tác “{action.code}” phải dẫn đến trạng thái {wanted}, không phải {end.status}.",
                f"Action “{action.code}” must lead to status {wanted}, not {end.status}.",
            )
        if DONE_BY.get(action.kind, action.role) != action.role:
            yield (
                f"actions.{i}.role",
                f"Thao tác “{action.code}” do {DONE_BY[action.kind]} thực hiện.",
                f"Action “{action.code}” is done by: {DONE_BY[action.kind]}.",
            )
        if action.kind == "apologise" and start.code != end.code:
            yield f"actions.{i}.to", "Thư xin lỗi không chuyển bước.", "An apology does not move a dossier."
        if action.kind in WITH_REASON and not action.note:
            yield (
                f"actions.{i}.note",
                f"Thao tác “{action.code}” phải ghi lý do.",
                f"Action “{action.code}” needs a reason in words.",
            )
        if action.effect == "rights" and action.kind not in ("approve", "finish"):
            yield (
                f"actions.{i}.effect",
                f"Thao tác “{action.code}” không phải quyết định nên không đăng ký quyền được.",
                f"Action “{action.code}” is no decision and cannot register rights.",
            )


@rule("P14")
def _papers(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """Paper 01 when the clock begins, 02 with a request for papers, 03 with a refusal, 04 with an apology, 05 with a stop.

    A case nobody asked for has no one to hand a receipt to.
    """
    asked = graph.definition.kind == "request"
    for i, action, start, end in graph.actions:
        wanted = PAPER_OF.get(action.kind)
        if action.kind == "supplement" and start.clock == "none" and end.clock != "none":
            wanted = "01"
        if asked and wanted is not None and action.paper != wanted:
            yield (
                f"actions.{i}.paper",
                f"Thao tác “{action.code}” phải kèm mẫu {wanted}.",
                f"Action “{action.code}” comes with form {wanted}.",
            )
        elif action.paper in PAPER_OF.values() and action.paper != wanted:
            yield (
                f"actions.{i}.paper",
                f"Mẫu {action.paper} không dùng cho thao tác “{action.code}”.",
                f"Form {action.paper} does not go with action “{action.code}”.",
            )
        if wanted == "01" and not action.documents and any(one.required for one in graph.definition.documents):
            yield (
                f"actions.{i}.documents",
                f"Thao tác “{action.code}” phải kiểm tra đủ giấy tờ bắt buộc.",
                f"Action “{action.code}” must see that every required paper is there.",
            )


@rule("P15")
def _map(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """A map is committed by an approval that follows a step where it can be drawn; what is drawn can be committed."""
    drawn = [code for code, step in graph.steps.items() if step.map]
    after = reach(graph.ways, drawn)
    commits = [(i, action) for i, action, _, _ in graph.actions if action.map != "none"]
    for i, action in commits:
        if action.kind != "approve":
            yield (
                f"actions.{i}.map",
                "Chỉ thao tác phê duyệt mới chỉnh lý bản đồ.",
                "Only an approval commits a map.",
            )
        if action.from_step not in after:
            yield (
                f"actions.{i}.map",
                f"Thao tác “{action.code}” chỉnh lý bản đồ nhưng không có bước lập bản vẽ trước đó.",
                f"Action “{action.code}” commits a map, but no step before it draws one.",
            )
    sources = {action.from_step for _, action in commits}
    for code in drawn:
        if graph.steps[code].status != 4:
            yield (
                f"steps.{graph.where[code]}.map",
                f"Bản vẽ chỉ được lập khi đang xử lý, không phải ở bước “{code}”.",
                f"A map is drawn while a dossier is in progress, not in step “{code}”.",
            )
        if not reach(graph.ways, [code]) & sources:
            yield (
                f"steps.{graph.where[code]}.map",
                f"Bản vẽ lập ở bước “{code}” không bao giờ được phê duyệt.",
                f"What is drawn in step “{code}” is never approved.",
            )


RULES = (_roles_exist, _outsiders, _way_back, _capabilities, _kinds, _papers, _map)
