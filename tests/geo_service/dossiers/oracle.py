"""A second opinion on the life of a dossier, written by hand from the domain notes: tables, and nothing of the code that reads the catalogue.

A flow is a line for each step: what can be done there and where it leads. `Expected` walks it and says what must be seen from outside.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# ---- statuses of the national portal (domain notes §7) -------------------------------------------------------------

MOVES = {
    (1, 2),
    (1, 3),
    (1, 5),
    (2, 4),
    (4, 5),
    (4, 6),
    (4, 8),
    (4, 9),
    (4, 7),
    (5, 4),
    (5, 8),
    (5, 7),
    (6, 4),
    (6, 8),
    (6, 7),
    (9, 10),
}
FINAL = {3, 7, 8, 10}

# ---- where a dossier stands: status, and whether time runs ("-" before and after, "run", or why it does not) ---------

STANDS = {
    "filed": (1, "-"), "refused": (3, "-"), "received": (2, "run"), "withdrawn": (7, "-"), "stopped": (8, "-"), "done": (9, "-"),
    "returned": (10, "-"), "supplement_first": (5, "-"), "supplement": (5, "supplement"), "tax": (6, "tax"), "paying": (6, "payment"),
    "checking": (4, "run"), "posting": (4, "posting"), "expertise": (4, "expertise"), "noting": (4, "run"), "hearing": (4, "run"),
    "sketching": (4, "run"), "deciding": (4, "run"), "confirming": (4, "run"), "executing": (4, "run"), "recording": (4, "run"),
    "inspecting": (4, "run"), "noticing": (4, "run"), "inventory": (4, "run"), "planning": (4, "run"),
}  # fmt: skip

# ---- what can be done in each step ---------------------------------------------------------------------------------

COUNTER = """
filed            accept>received ask_supplement>supplement_first refuse>refused
supplement_first supplement>checking withdraw>withdrawn stop>stopped
received         begin>checking apologise>received
supplement       supplement>checking withdraw>withdrawn stop>stopped
done             hand_out>returned
"""
REGISTRY = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking propose>deciding
deciding  send_back>checking approve>done stop>stopped withdraw>withdrawn apologise>deciding
"""
POSTING = """
checking  post>posting
posting   resume>checking withdraw>withdrawn stop>stopped
"""
TAX_THEN_DECISION = """
checking  tax_slip>tax
tax       tax_notice>paying withdraw>withdrawn
paying    paid>deciding withdraw>withdrawn stop>stopped
"""
TAX_THEN_DESK = """
checking  tax_slip>tax
tax       tax_notice>paying withdraw>withdrawn
paying    paid>checking withdraw>withdrawn stop>stopped
"""
MAP = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking to_sketch>sketching
sketching back_to_checking>checking propose_map>deciding withdraw>withdrawn apologise>sketching
deciding  return_map>sketching approve>done stop>stopped withdraw>withdrawn apologise>deciding
"""
ANY_MAP = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking to_sketch>sketching propose>deciding
sketching back_to_checking>checking propose_map>deciding withdraw>withdrawn apologise>sketching
deciding  return_map>sketching send_back>checking approve>recording stop>stopped withdraw>withdrawn apologise>deciding
recording enter>done apologise>recording
"""
GRANT = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking propose>deciding
deciding  send_back>checking grant>executing stop>stopped withdraw>withdrawn apologise>deciding
executing withdraw>withdrawn apologise>executing tax_slip>tax to_sketch>sketching
tax       tax_notice>paying withdraw>withdrawn
paying    paid>executing withdraw>withdrawn stop>stopped
sketching back_to_checking>executing propose_map>confirming withdraw>withdrawn apologise>sketching
confirming return_map>sketching stop>stopped withdraw>withdrawn apologise>confirming
"""
LAND_USE = "confirming approve>done"
DECISION = """
executing  propose>confirming
confirming send_back>executing approve>recording
recording  enter>done apologise>recording
"""
COMMUNE_ACT = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking propose>deciding post>posting
posting   resume>checking withdraw>withdrawn stop>stopped
deciding  send_back>checking approve>recording stop>stopped withdraw>withdrawn apologise>deciding
recording enter>done apologise>recording
"""
INFORMATION = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking ask_payment>paying answer>done
paying    paid>checking withdraw>withdrawn stop>stopped
"""
CONCILIATION = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking note_dispute>noting call_hearing>hearing
noting    noted>checking not_noted>checking
hearing   send_back>checking conciliated>recording not_conciliated>done withdraw>withdrawn apologise>hearing
recording enter>done apologise>recording
"""
DISPUTE = """
checking  ask_supplement>supplement withdraw>withdrawn stop>stopped apologise>checking note_dispute>noting ask_expert>expertise propose>deciding
noting    noted>checking not_noted>checking
expertise resume>checking withdraw>withdrawn
deciding  send_back>checking approve>recording stop>stopped withdraw>withdrawn apologise>deciding
recording enter>done apologise>recording
"""
INSPECTION = """
filed      accept>received refuse>refused
received   begin>checking
checking   to_field>inspecting permitted>done stop>stopped
inspecting ask_expert>expertise propose>deciding stop>stopped
expertise  resume>inspecting
deciding   send_back>inspecting approve>done dismiss>done
done       hand_out>returned
"""
RECOVERY = """
filed     accept>received refuse>refused
received  begin>noticing
noticing  post>posting stop>stopped
posting   resume>inventory
inventory inventoried>planning
planning  notice_again>noticing to_sketch>sketching stop>stopped
sketching propose_map>deciding
deciding  return_map>sketching approve>recording stop>stopped
recording enter>done
done      hand_out>returned
"""

Flow = dict[str, dict[str, str]]
"""Step, action, next step."""


def flow(*tables: str) -> Flow:
    ways: Flow = {}
    for line in "\n".join(tables).splitlines():
        step, *moves = line.split() or [""]
        for move in moves:
            action, _, to = move.partition(">")
            ways.setdefault(step, {})[action] = to
            ways.setdefault(to, {})
    return ways


FLOWS: dict[str, tuple[Flow, str]] = {
    "registry": (
        flow(COUNTER, REGISTRY),
        "1.013831-TL 1.013833 1.013833-HC 1.012783 1.013977 1.013995-TS 1.013947 1.013988 1.011441 1.011442 1.011443 1.011444 1.011445",
    ),
    "registry, tax": (
        flow(COUNTER, REGISTRY, TAX_THEN_DECISION),
        "1.013831 1.013831-TK 1.013831-TA 1.013831-CD 1.013831-GP 1.013980 1.012787 1.013995",
    ),
    "registry, posting": (flow(COUNTER, REGISTRY, POSTING), "1.012786 1.012791"),
    "registry, posting, tax": (flow(COUNTER, REGISTRY, POSTING, TAX_THEN_DECISION), "1.012785"),
    "map": (flow(COUNTER, MAP), "1.013833-SA 1.012783-DD 1.013992 1.013977-QH 1.013979"),
    "map, tax": (flow(COUNTER, MAP, TAX_THEN_DESK), "1.012784 1.013993"),
    "any map": (flow(COUNTER, ANY_MAP), "1.012756 1.012790 1.012796"),
    "any map, tax": (flow(COUNTER, ANY_MAP, TAX_THEN_DESK), "1.012781 1.012782 1.012817"),
    "first registration": (flow(COUNTER, ANY_MAP, POSTING, TAX_THEN_DESK), "1.013978 1.012753"),
    "land use": (flow(COUNTER, GRANT, LAND_USE), "1.013949 1.013825"),
    "decision": (flow(COUNTER, GRANT, DECISION), "1.013950 1.013952 1.013953 1.013826 1.013827"),
    "commune act": (flow(COUNTER, COMMUNE_ACT), "1.012818"),
    "information": (flow(COUNTER, INFORMATION), "1.012789"),
    "conciliation": (flow(COUNTER, CONCILIATION), "1.012812"),
    "dispute": (flow(COUNTER, DISPUTE), "1.013967 1.012805"),
    "inspection": (flow(INSPECTION), "NB.KIEMTRA"),
    "recovery": (flow(RECOVERY), "NB.THUHOI"),
}
FLOW_OF: dict[str, str] = {code: name for name, (_, codes) in FLOWS.items() for code in codes.split()}

# ---- what an act needs ---------------------------------------------------------------------------------------------

REASONS = set(
    "refuse ask_supplement send_back return_map back_to_checking stop apologise not_noted not_conciliated notice_again permitted".split()
)
PARTNERS = {"tax_notice", "paid"}
PAPERS = {("filed", "accept"), ("supplement_first", "supplement")}
CITY = {"1.012753", "1.013825", "1.013826", "1.013827", "1.012805"}
DRAWN = "must"
MAPS = {"map": DRAWN, "map, tax": DRAWN, "land use": DRAWN} | dict.fromkeys(
    ("any map", "any map, tax", "first registration", "decision", "recovery"), "may"
)
"""Whether the flow's approval commits a map."""


@dataclass
class Expected:
    """What a dossier must look like; `begun`: its clock has started."""

    procedure: str
    step: str = "filed"
    revision: int = 1
    begun: bool = False
    received: bool = False

    @property
    def ways(self) -> dict[str, str]:
        return FLOWS[FLOW_OF[self.procedure]][0][self.step]

    @property
    def status(self) -> int:
        return STANDS[self.step][0]

    @property
    def final(self) -> bool:
        return self.status in FINAL

    @property
    def finished(self) -> bool:
        return self.final or self.status == 9

    @property
    def clock(self) -> str:
        return STANDS[self.step][1]

    @property
    def due(self) -> bool:
        """Whether a due date is known: once the clock has started, and while it does not stand still."""
        return self.begun and self.clock in ("run", "-")

    def commits_map(self, action: str) -> str | None:
        return MAPS.get(FLOW_OF[self.procedure]) if action == "approve" else None

    def act(self, action: str) -> None:
        before, self.step = self.status, self.ways[action]
        assert before == self.status or (before, self.status) in MOVES
        self.revision += 1
        self.begun |= self.clock != "-"
        self.received |= self.status not in (1, 3, 5)


def transitions(procedure: str) -> set[tuple[str, str, str]]:
    ways = FLOWS[FLOW_OF[procedure]][0]
    return {(step, action, to) for step, moves in ways.items() for action, to in moves.items()}


def way(procedure: str, start: str, wanted: set[tuple[str, str]]) -> list[str] | None:
    """The shortest list of actions from a step that ends with one of the wanted (step, action); None where there is none."""
    ways = FLOWS[FLOW_OF[procedure]][0]
    queue: deque[tuple[str, list[str]]] = deque([(start, [])])
    seen = {start}
    while queue:
        step, so_far = queue.popleft()
        for action, to in ways[step].items():
            if (step, action) in wanted:
                return [*so_far, action]
            if to not in seen:
                seen.add(to)
                queue.append((to, [*so_far, action]))
    return None
