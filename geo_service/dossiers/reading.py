"""Reading dossiers. Row-level security leaves out what the reader may not see; here rows become answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from geo_service.accounts.models import Account
from geo_service.dossiers import schemas
from geo_service.dossiers.refusals import no_such_dossier
from geo_service.rights.service import MASKS
from layers.crs import FabricCrs
from layers.db import Connection
from layers.fabric import history
from layers.register.labels import label_of
from layers.register.rights.model import Sealer

PAGE = 50
BRIEF = """
    SELECT d.id, d.code, d.channel, d.filed_at, d.received_at, d.due_at, d.step_since, d.finished_at, d.revision, d.simulated, d.status,
           d.procedure, p.name_vi AS procedure_vi, p.name_en AS procedure_en, t.name_vi AS status_vi, t.name_en AS status_en,
           d.step, s.name_vi AS step_vi, s.name_en AS step_en, s.role, s.place, s.clock, s.reason, s.map,
           r.name_vi AS role_vi, r.name_en AS role_en, w.name_vi AS reason_vi, w.name_en AS reason_en,
           d.received_unit, coalesce(ru.unit_type || ' ' || ru.name, '') AS received_name,
           d.competent_unit, coalesce(cu.unit_type || ' ' || cu.name, '') AS competent_name,
           d.assignee, dossier.staff_name(d.assignee) AS assignee_name,
           CASE WHEN d.finished_at IS NULL AND d.due_at IS NOT NULL THEN dossier.tone(d.due_at, d.clock_start) END AS tone,
           CASE WHEN d.status = 1 THEN dossier.working_minutes(d.filed_at, now()) END AS waited_minutes
    FROM dossier.dossier d
    JOIN dossier.procedure p ON p.code = d.procedure
    JOIN dossier.status t ON t.code = d.status
    JOIN dossier.step s ON s.version_id = d.version_id AND s.code = d.step
    LEFT JOIN accounts.role r ON r.code = s.role
    LEFT JOIN dossier.clock_reason w ON w.code = s.reason
    LEFT JOIN register.unit ru ON ru.code = d.received_unit
    LEFT JOIN register.unit cu ON cu.code = d.competent_unit
"""
OTHERS = {
    "citizen": ("Người nộp hồ sơ", "The applicant"),
    "partner": ("Cơ quan phối hợp", "A partner agency"),
    "nobody": ("Đã kết thúc", "Closed"),
}
"""Who has a dossier that lies on no desk."""
CITY = ("Thành phố Hà Nội", "*")
UNFINISHED = "d.finished_at IS NULL"
AT_DESK = (
    "coalesce(%(desks)s::jsonb -> s.role, '[]') ?|"
    " ARRAY[CASE s.place WHEN 'reception' THEN d.received_unit ELSE d.competent_unit END, '*']"
)
"""Whether the dossier stands at a desk the reader has; `desks`: role to its units."""
TABS = {
    "todo": f"((d.finished_at IS NULL OR d.status = 9) AND {AT_DESK} AND (d.assignee IS NULL OR d.assignee = %(me)s))",
    "mine": f"(d.assignee = %(me)s AND {UNFINISHED})",
    "unit": UNFINISHED,
    "waiting": f"({UNFINISHED} AND d.status IN (5, 6))",
    "done": "d.finished_at IS NOT NULL",
}


def brief(row: dict[str, Any]) -> dict[str, Any]:
    """Members of `schemas.Brief` from a row of BRIEF."""
    role_vi, role_en = OTHERS.get(row["role"], (row["role_vi"] or "", row["role_en"] or ""))
    return {
        "id": row["id"],
        "code": row["code"],
        "procedure": {"code": row["procedure"], "name_vi": row["procedure_vi"], "name_en": row["procedure_en"]},
        "status": {"code": row["status"], "name_vi": row["status_vi"], "name_en": row["status_en"]},
        "step": {
            "code": row["step"],
            "name_vi": row["step_vi"],
            "name_en": row["step_en"],
            "role": row["role"],
            "role_vi": role_vi,
            "role_en": role_en,
            "place": row["place"],
            "clock": row["clock"],
            "reason": named(row["reason"], row["reason_vi"], row["reason_en"]),
            "map": row["map"],
        },
        "received_unit": unit(row["received_unit"], row["received_name"]),
        "competent_unit": unit(row["competent_unit"], row["competent_name"]),
        "channel": row["channel"],
        "assignee": {"id": row["assignee"], "name": row["assignee_name"]} if row["assignee_name"] else None,
        **{key: row[key] for key in ("filed_at", "received_at", "due_at", "tone", "step_since", "finished_at", "revision", "simulated", "waited_minutes")},
    }  # fmt: skip


def named(code: str | None, vi: str | None, en: str | None) -> dict[str, str] | None:
    return {"code": code, "name_vi": vi or "", "name_en": en or ""} if code else None


def unit(code: str, name: str) -> dict[str, str]:
    return {"code": code, "name": name or (CITY[0] if code == CITY[1] else code)}


def desks(account: Account) -> dict[str, list[str]]:
    """Roles whose desk the account has, each with its units."""
    return {key.removeprefix("desk."): units for key, units in account.capabilities.items() if key.startswith("desk.")}


def page(
    conn: Connection,
    account: Account,
    tab: schemas.Tab,
    *,
    text: str | None = None,
    procedure: str | None = None,
    status: int | None = None,
    place: str | None = None,
    tone: schemas.Tone | None = None,
    offset: int = 0,
) -> schemas.Page:
    """Dossiers of a desk, most urgent first: what is due soonest, then what has waited longest."""
    where = ["(applicant_account IS DISTINCT FROM %(me)s OR %(staff)s)", TABS[tab]]
    if text:
        where.append("(d.code ILIKE %(like)s OR p.plain LIKE register.plain(%(like)s))")
    if procedure:
        where.append("d.procedure = %(procedure)s")
    if status:
        where.append("d.status = %(status)s")
    if place:
        where.append("%(place)s IN (d.received_unit, d.competent_unit)")
    if tone:
        where.append(
            "d.finished_at IS NULL AND d.due_at IS NOT NULL AND dossier.tone(d.due_at, d.clock_start) = %(tone)s"
        )
    condition = " AND ".join(where)
    values = {
        "me": account.id, "desks": Jsonb(desks(account)), "staff": account.may("dossier.read"), "like": f"%{text}%", "procedure": procedure,
        "status": status, "place": place, "tone": tone, "offset": offset,
    }  # fmt: skip
    order = "d.finished_at DESC" if tab == "done" else "d.due_at NULLS LAST, d.step_since"
    rows = conn.execute(f"{BRIEF} WHERE {condition} ORDER BY {order}, d.id LIMIT {PAGE} OFFSET %(offset)s", values)
    items = [schemas.Brief.model_validate(brief(row)) for row in rows]
    total = conn.execute(
        "SELECT count(*) AS n FROM dossier.dossier d JOIN dossier.procedure p ON p.code = d.procedure"
        f" JOIN dossier.step s ON s.version_id = d.version_id AND s.code = d.step WHERE {condition}",
        values,
    ).fetchone()
    return schemas.Page(items=items, total=total["n"] if total else 0)


def counts(conn: Connection, account: Account) -> schemas.Counts:
    """How much lies where, for the badges of the inbox."""
    parts = ", ".join(f"count(*) FILTER (WHERE {TABS[tab]}) AS {tab}" for tab in ("todo", "mine", "unit", "waiting"))
    row = conn.execute(
        f"SELECT {parts}, count(*) FILTER (WHERE d.due_at < now() AND {UNFINISHED}) AS late,"
        f" count(*) FILTER (WHERE d.due_at >= now() AND {UNFINISHED} AND dossier.tone(d.due_at, d.clock_start) = 'amber') AS due_soon"
        " FROM dossier.dossier d JOIN dossier.step s ON s.version_id = d.version_id AND s.code = d.step"
        " WHERE d.finished_at IS NULL OR d.status = 9",
        {"me": account.id, "desks": Jsonb(desks(account))},
    ).fetchone()
    return schemas.Counts.model_validate(row)


def own(conn: Connection) -> schemas.Page:
    """Dossiers the reader applied for, newest first."""
    rows = conn.execute(
        f"{BRIEF} WHERE d.applicant_account = dossier.own_account() OR d.applicant_party = dossier.own_party()"
        " ORDER BY d.filed_at DESC LIMIT 200"
    ).fetchall()
    return schemas.Page(items=[schemas.Brief.model_validate(brief(row)) for row in rows], total=len(rows))


def of_parcel(conn: Connection, code: str) -> schemas.ParcelDossiers:
    """Dossiers about a parcel, one it came from or one that came of it, newest first."""
    parcel = history.parcel_id(conn, code)
    rows = conn.execute(
        f"""
        WITH RECURSIVE up AS (
            SELECT %(parcel)s::bigint AS id UNION SELECT l.parent FROM up JOIN fabric.lineage l ON l.child = up.id),
        down AS (
            SELECT %(parcel)s::bigint AS id UNION SELECT l.child FROM down JOIN fabric.lineage l ON l.parent = down.id)
        {BRIEF} WHERE d.id IN (SELECT b.dossier_id FROM dossier.parcel b WHERE b.parcel_id IN (SELECT id FROM up UNION SELECT id FROM down))
        ORDER BY d.filed_at DESC LIMIT 200
        """,
        {"parcel": parcel},
    ).fetchall()
    return schemas.ParcelDossiers(items=[schemas.Brief.model_validate(brief(row)) for row in rows])


def require(conn: Connection, dossier: UUID) -> None:
    """Raise NotFound for a dossier that the reader may not see."""
    if conn.execute("SELECT 1 FROM dossier.dossier WHERE id = %s", (dossier,)).fetchone() is None:
        raise no_such_dossier()


def full(conn: Connection, crs: FabricCrs, sealer: Sealer, account: Account, dossier: UUID) -> schemas.Dossier:
    """A dossier with everything that hangs on it. Raises NotFound for one the reader may not see as for one that does not exist."""
    row = conn.execute(f"{BRIEF} WHERE d.id = %s", (dossier,)).fetchone()
    if row is None:
        raise no_such_dossier()
    more = conn.execute(
        "SELECT d.form, d.terms, d.promised_at, d.clock_start, d.token, d.finding, dossier.is_applicant(d) AS mine,"
        " coalesce(v.definition -> 'fields', '[]') AS fields, dossier.standing_blocks(d.id) AS blocks"
        " FROM dossier.dossier d JOIN dossier.procedure_version v ON v.id = d.version_id WHERE d.id = %s",
        (dossier,),
    ).fetchone()
    assert more is not None
    told = more["mine"] or account.may("desk.reception", row["received_unit"])
    return schemas.Dossier.model_validate(
        brief(row)
        | {key: more[key] for key in ("form", "terms", "promised_at", "clock_start", "finding", "fields")}
        | {
            "applicant": applicant(conn, sealer, dossier, mine=more["mine"]),
            "parcels": parcels(conn, dossier),
            "events": events(conn, dossier),
            "clock": clock(conn, dossier),
            "actions": actions(conn, dossier),
            "remarks": remarks(conn, crs, dossier),
            "payments": conn.execute(
                "SELECT * FROM dossier.payment WHERE dossier_id = %s ORDER BY made_at, code", (dossier,)
            ).fetchall(),
            "draft": draft(conn, account, dossier),
            "blocks": more["blocks"] or [],
            "token": more["token"] if told else None,
        }
    )


def applicant(conn: Connection, sealer: Sealer, dossier: UUID, *, mine: bool) -> dict[str, Any]:
    """Who applied; numbers in clear only for the applicant."""
    row = conn.execute("SELECT * FROM dossier.applicant WHERE dossier_id = %s", (dossier,)).fetchone()
    out: dict[str, Any] = {"name": None, "identity_number": None, "phone": None, "address": None, "mine": mine}
    if row is None:
        return out
    out["name"] = sealer.open(row["name_sealed"], f"dossier.name:{dossier}")
    for field, name in (("identity_number", "identity"), ("phone", "phone"), ("address", "address")):
        if row[f"{name}_sealed"] is not None:
            plain = sealer.open(row[f"{name}_sealed"], f"dossier.{name}:{dossier}")
            out[field] = plain if mine else MASKS[name](plain)
    return out


def parcels(conn: Connection, dossier: UUID) -> list[dict[str, Any]]:
    """Parcels of a dossier, each as it is now or was last."""
    rows = conn.execute(
        """
        SELECT b.parcel_id AS id, b.role, b.at_seq, p.code, v.unit, v.sheet, v.number, v.land_use, v.area_m2, v.retired_by IS NULL AS current
        FROM dossier.parcel b JOIN fabric.parcel p ON p.id = b.parcel_id
        JOIN LATERAL (SELECT * FROM fabric.parcel_version v WHERE v.parcel_id = b.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true
        WHERE b.dossier_id = %s ORDER BY b.role DESC, b.parcel_id
        """,
        (dossier,),
    ).fetchall()
    return [row | {"label": label_of(row["sheet"], row["number"])} for row in rows]


def events(conn: Connection, dossier: UUID) -> list[dict[str, Any]]:
    """What happened, oldest first. Names of staff are told to staff."""
    rows = conn.execute(
        """
        SELECT e.id, e.at, e.kind, e.note, e.detail, e.seq, e.from_status, e.to_status, c.seq AS map_seq, dossier.staff_name(e.actor) AS actor,
               e.action, a.name_vi AS action_vi, a.name_en AS action_en, e.from_step, f.name_vi AS from_vi, f.name_en AS from_en,
               e.to_step, t.name_vi AS to_vi, t.name_en AS to_en
        FROM dossier.event e
        LEFT JOIN dossier.action a ON a.version_id = e.version_id AND a.from_step = e.from_step AND a.code = e.action
        LEFT JOIN dossier.step f ON f.version_id = e.version_id AND f.code = e.from_step
        LEFT JOIN dossier.step t ON t.version_id = e.version_id AND t.code = e.to_step
        LEFT JOIN fabric.change_set c ON c.id = e.change_set
        WHERE e.dossier_id = %s ORDER BY e.id LIMIT 500
        """,
        (dossier,),
    ).fetchall()
    return [
        row
        | {
            "action": named(row["action"], row["action_vi"], row["action_en"]),
            "from_step": named(row["from_step"], row["from_vi"], row["from_en"]),
            "to_step": named(row["to_step"], row["to_vi"], row["to_en"]),
        }
        for row in rows
    ]


def clock(conn: Connection, dossier: UUID) -> list[dict[str, Any]]:
    rows = conn.execute(
        "SELECT c.started_at, c.ended_at, c.counts, c.reason, w.name_vi, w.name_en FROM dossier.clock c"
        " LEFT JOIN dossier.clock_reason w ON w.code = c.reason WHERE c.dossier_id = %s ORDER BY c.started_at",
        (dossier,),
    ).fetchall()
    return [row | {"reason": named(row["reason"], row["name_vi"], row["name_en"])} for row in rows]


def actions(conn: Connection, dossier: UUID) -> list[dict[str, Any]]:
    """What the reader may do now."""
    return conn.execute(
        "SELECT a.code, a.kind, a.name_vi, a.name_en, a.note, a.documents, a.map, a.effect, s.status AS to_status"
        " FROM dossier.possible(%s) a JOIN dossier.step s ON s.version_id = a.version_id AND s.code = a.to_step ORDER BY a.ord",
        (dossier,),
    ).fetchall()


def remarks(conn: Connection, crs: FabricCrs, dossier: UUID) -> list[dict[str, Any]]:
    """Remarks, oldest first; `line` is the segment in lon/lat."""
    rows = conn.execute(
        "SELECT id, text, parcel_id AS parcel, segment, dossier.staff_name(author) AS author, at, resolved_at FROM dossier.comment"
        " WHERE dossier_id = %s ORDER BY id",
        (dossier,),
    ).fetchall()
    return [row | {"author": row["author"] or "", "line": _line(crs, row["segment"])} for row in rows]


def _line(crs: FabricCrs, segment: list[int] | None) -> list[list[float]] | None:
    if segment is None:
        return None
    x1, y1, x2, y2 = segment
    (line,) = crs.rings_lonlat((((x1, y1), (x2, y2)),))
    return [list(point) for point in line[:2]]


def draft(conn: Connection, account: Account, dossier: UUID) -> dict[str, Any] | None:
    """The drawing of a dossier: the one being worked on, or the one that was committed."""
    row = conn.execute(
        "SELECT id, status, owner, owner = %s AS mine, returned_note, committed_seq FROM work.draft WHERE dossier_id = %s"
        " AND status <> 'discarded' ORDER BY created_at DESC LIMIT 1",
        (account.login, dossier),
    ).fetchone()
    return dict(row) if row else None


def track(conn: Connection, code: str, token: str | None) -> dict[str, Any]:
    """What the public is told of a dossier. Raises NotFound for an unknown code and for a wrong token alike."""
    row = conn.execute("SELECT dossier.track(%s, %s) AS told", (code.strip().upper(), token or None)).fetchone()
    if row is None or row["told"] is None:
        raise no_such_dossier()
    told: dict[str, Any] = row["told"]
    if told["holder"] in OTHERS:
        told["holder_vi"], told["holder_en"] = OTHERS[told["holder"]]
    if told["holder_unit"] == CITY[1]:
        told["holder_unit_name"] = CITY[0]
    return told
