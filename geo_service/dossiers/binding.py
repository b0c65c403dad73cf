"""The map in a dossier: its drawing, the rules that judge it, and the one transaction in which approving is changing the map.

The database holds both ends: a drawing of a dossier is committed by the dossier's act or not at all (dossier.check_change_set), and an act that
decides on the map names a change set of the same transaction (dossier.check_map).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from geo_service.accounts.models import Account
from geo_service.dossiers.refusals import no_such_dossier
from geo_service.drafts import service as drafts
from geo_service.drafts.schemas import CommitIn, Draft, SubmitIn
from layers.crs import FabricCrs
from layers.db import Connection
from layers.errors import EditRefused
from layers.fabric import ledger


def open_draft(conn: Connection, account: Account, dossier: UUID) -> Draft:
    """The drawing of a dossier to work on; made when there is none.

    Raises EditRefused where the step has no drawing, NotFound for somebody else's drawing.
    """
    row = conn.execute(
        "SELECT d.code, p.name_vi, s.map FROM dossier.dossier d JOIN dossier.step s ON s.version_id = d.version_id AND s.code = d.step"
        " JOIN dossier.procedure p ON p.code = d.procedure WHERE d.id = %s",
        (dossier,),
    ).fetchone()
    if row is None:
        raise no_such_dossier()
    if drawing := waiting(conn, dossier):
        return drafts.get(conn, account, drawing)
    if not row["map"]:
        raise EditRefused(
            "no-drawing-here",
            "Nothing is drawn in this step of the dossier.",
            "Bước này của hồ sơ không lập bản vẽ.",
        )
    made = conn.execute(
        "SELECT dossier.draw(%s, %s) AS id", (dossier, f"{row['name_vi']} – hồ sơ {row['code']}")
    ).fetchone()
    assert made is not None
    return drafts.get(conn, account, made["id"])


def waiting(conn: Connection, dossier: UUID) -> UUID | None:
    """The drawing that is being worked on or waits to be decided."""
    row = conn.execute(
        "SELECT id FROM work.draft WHERE dossier_id = %s AND status IN ('open', 'submitted')", (dossier,)
    ).fetchone()
    return row["id"] if row else None


def _locked(conn: Connection, account: Account, dossier: UUID) -> Draft:
    """The drawing of a dossier for this transaction alone. Raises EditRefused when there is none."""
    drawing = waiting(conn, dossier)
    if drawing is None:
        raise EditRefused("no-drawing", "The dossier has no drawing yet.", "Hồ sơ chưa có bản vẽ.")
    return drafts.get(conn, account, drawing, lock=True)


def submit(conn: Connection, crs: FabricCrs, account: Account, dossier: UUID) -> None:
    """Hand the drawing over with the dossier. Raises EditRefused with the rules that it breaks."""
    draft = _locked(conn, account, dossier)
    drafts.require_rules(conn, crs, draft, "submit")
    drafts.hand_over(conn, crs, account, draft.id, SubmitIn(reason=draft.reason))


def commit(
    conn: Connection, crs: FabricCrs, account: Account, dossier: UUID, digest: str | None
) -> tuple[int, dict[str, Any]]:
    """Commit the drawing that was reviewed; id of the change set and what was written. Raises as `ledger.commit` does, and for broken rules."""
    draft = _locked(conn, account, dossier)
    drafts.require_rules(conn, crs, draft, "approve")
    written = drafts.write(conn, crs, account, draft, CommitIn(digest=digest))
    row = conn.execute("SELECT id FROM fabric.change_set WHERE draft_id = %s", (draft.id,)).fetchone()
    assert row is not None
    return int(row["id"]), written


def follow(conn: Connection, change_set: int, paper: str) -> list[dict[str, Any]]:
    """Rights and certificates follow the map (rights.follow): per new parcel its unit of rights and its certificate, if one was in stock."""
    row = conn.execute("SELECT rights.follow(%s, %s) AS done", (change_set, paper)).fetchone()
    return list(row["done"]) if row else []


def then_and_now(conn: Connection, crs: FabricCrs, dossier: UUID) -> dict[str, Any]:
    """The parcels of a dossier in the state they were bound, and what lies there today."""
    rows = conn.execute(
        "SELECT parcel_id, role, at_seq FROM dossier.parcel WHERE dossier_id = %s ORDER BY parcel_id", (dossier,)
    ).fetchall()
    subjects = [row["parcel_id"] for row in rows if row["role"] == "subject"]
    at_seq = min((row["at_seq"] for row in rows), default=ledger.head(conn))
    before = ledger.load_state(conn, crs, subjects, at=at_seq)
    heirs = {row["parcel_id"] for row in rows} | _heirs(conn, subjects)
    today = ledger.load_state(conn, crs, heirs)
    results = {row["parcel_id"] for row in rows if row["role"] == "result"}
    return {
        "then": drafts.collection(crs, [(before.faces[key], "subject") for key in subjects if key in before.faces]),
        "now": drafts.collection(
            crs,
            [
                (face, "result" if key in results else "subject")
                for key, face in sorted(today.faces.items())
                if key in heirs
            ],
        ),
        "at_seq": at_seq,
        "seq": ledger.head(conn),
    }


def _heirs(conn: Connection, parcels: list[int]) -> set[int]:
    """Parcels that came of these, through every change."""
    rows = conn.execute(
        "WITH RECURSIVE down AS (SELECT unnest(%s::bigint[]) AS id UNION SELECT l.child FROM down JOIN fabric.lineage l ON l.parent = down.id)"
        " SELECT id FROM down",
        (parcels,),
    ).fetchall()
    return {row["id"] for row in rows}
