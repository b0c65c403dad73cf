"""Printing and issuing the papers of dossiers, in the caller's transaction.

Forms 01 to 05 are issued: what was printed first is kept as a document and printed again for ever. The control slip is kept as it was at each decision;
in between it, the log book and extracts are made anew for whoever asks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Request

from geo_service.dossiers.documents.store import FileStore
from geo_service.dossiers.papers import extract, facts, offices, render, schemas
from geo_service.settings import Settings
from layers.crs import FabricCrs
from layers.db import Connection
from layers.errors import Malformed, NotFound
from layers.fabric import history
from layers.register.rights.masking import mask_address, mask_phone
from layers.register.rights.model import Sealer

KEPT = frozenset({"01", "02", "03", "04", "05"})
DECIDED = 9  # status
LONGEST_SPAN = timedelta(days=366)


@dataclass(frozen=True)
class Press:
    """What printing needs besides the connection: the store of files, the key for personal values, the address people reach us at."""

    files: FileStore
    sealer: Sealer
    base: str


def press_of(request: Request) -> Press:
    settings: Settings = request.app.state.settings
    base = settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return Press(request.app.state.files, request.app.state.vault, base.rstrip("/"))


@dataclass(frozen=True)
class Printed:
    name: str
    content: bytes


def printable(conn: Connection, dossier: UUID) -> schemas.Papers:
    """What can be printed now. Raises psycopg.Error GD001 (NotFound) for a dossier the reader may not see."""
    rows = conn.execute("SELECT * FROM dossier.printable(%s)", (dossier,)).fetchall()
    items = [
        schemas.Paper(
            form=row["form"], name_vi=offices.title(row["form"])[0], name_en=offices.title(row["form"])[1], revision=row["revision"], at=row["at"],
            action_vi=row["action_vi"], action_en=row["action_en"], document=row["document"], parcel=None,
            url=f"/api/dossiers/{dossier}/papers/{row['form']}.pdf?event={row['revision']}",
        )
        for row in rows
    ]  # fmt: skip
    name_vi, name_en = offices.title("extract")
    parcels = conn.execute(
        "SELECT DISTINCT parcel_id FROM dossier.parcel WHERE dossier_id = %s ORDER BY 1", (dossier,)
    ).fetchall()
    items += [
        schemas.Paper(
            form="extract", name_vi=name_vi, name_en=name_en, revision=None, at=None, action_vi=None, action_en=None, document=None,
            parcel=row["parcel_id"], url=f"/api/dossiers/{dossier}/extract.pdf?parcel={row['parcel_id']}",
        )
        for row in parcels
    ]  # fmt: skip
    return schemas.Papers(items=items)


def printed(conn: Connection, press: Press, dossier: UUID, form: str, revision: int | None) -> Printed:
    """A form of a dossier: as it was issued, or as it would be. Raises NotFound where nothing has called for it."""
    rows = conn.execute("SELECT * FROM dossier.printable(%s) WHERE form = %s", (dossier, form)).fetchall()
    row = next((one for one in reversed(rows) if revision in (None, one["revision"])), None)
    if row is None:
        name_vi, name_en = offices.title(form)
        raise NotFound(
            "no-such-paper",
            f"Nothing has happened in this dossier that calls for form {form} ({name_en}).",
            f"Hồ sơ chưa phát sinh {name_vi.lower()} (mẫu {form}).",
        )
    if row["document"] is not None:
        kept = conn.execute("SELECT name, sha256 FROM dossier.document WHERE id = %s", (row["document"],)).fetchone()
        assert kept is not None
        return Printed(kept["name"], press.files.read(bytes(kept["sha256"])))
    return _made(conn, press, dossier, form, row["revision"])


def issue(conn: Connection, press: Press, dossier: UUID) -> list[int]:
    """Keep every paper that an event of the dossier called for and that is not kept yet; their documents. Called by the worker (the
    owner's login), in a transaction of its own:
    it draws first and locks last. A paper says what held at its event, whenever it is drawn.
    """
    rows = conn.execute("SELECT * FROM dossier.printable(%s) WHERE document IS NULL", (dossier,)).fetchall()
    status = conn.execute("SELECT status FROM dossier.dossier WHERE id = %s", (dossier,)).fetchone()
    assert status is not None
    due = [row for row in rows if row["form"] in KEPT or (row["form"] == "06" and status["status"] == DECIDED)]
    drawn = [(row, _made(conn, press, dossier, row["form"], row["revision"])) for row in due]
    documents = []
    for row, paper in drawn:
        sha256 = hashlib.sha256(paper.content).digest()
        press.files.keep(paper.content, sha256)
        made = conn.execute(
            "SELECT (dossier.attach_as(%s, %s, %s, 'application/pdf', %s, NULL, %s, 2::smallint, 'issued')).id",
            (dossier, f"paper:{row['form']}:{row['revision']}", paper.name, len(paper.content), sha256),
        ).fetchone()
        assert made is not None
        documents.append(int(made["id"]))
    return documents


def log_book(conn: Connection, press: Press, unit: str, since: datetime, until: datetime) -> Printed:
    """Form 07 of a counter: what it received from one day to another, both included.

    Raises Malformed for a span that is none or longer than a year, psycopg.Error GD004 (Forbidden) for another unit's.
    """
    if not since <= until <= since + LONGEST_SPAN:
        raise Malformed(
            "bad-span",
            "The last day comes after the first and at most a year later.",
            "Ngày cuối phải sau ngày đầu và không quá một năm.",
        )
    rows = conn.execute(
        "SELECT * FROM dossier.log_book(%s, %s, %s)", (unit, since, until + timedelta(days=1))
    ).fetchall()
    names = _names(conn, press, [row["id"] for row in rows])
    known = conn.execute(
        "SELECT btrim(unit_type || ' ' || name) AS name FROM register.unit WHERE code = %s", (unit,)
    ).fetchone()
    told = facts.book_facts(
        known["name"] if known else None, since, until, [row | {"applicant": names.get(row["id"], "")} for row in rows]
    )
    return Printed(f"So theo doi ho so {unit}.pdf", render.pdf("form_07", told, until))


def extract_of(conn: Connection, crs: FabricCrs, press: Press, dossier: UUID, name: str, at: int | None) -> Printed:
    """The draft of an extract of a parcel the dossier is about, or that came of it. Raises NotFound for any other."""
    parcel = history.parcel_id(conn, name)
    row = conn.execute(
        """
        SELECT d.code, d.token, d.simulated, d.terms ->> 'level' AS level, btrim(u.unit_type || ' ' || u.name) AS unit
        FROM dossier.dossier d JOIN dossier.parcel p ON p.dossier_id = d.id AND p.parcel_id = %s
        LEFT JOIN register.unit u ON u.code = d.competent_unit WHERE d.id = %s LIMIT 1
        """,
        (parcel, dossier),
    ).fetchone()
    if row is None:
        raise NotFound(
            "not-its-parcel", "The dossier is not about this parcel.", "Hồ sơ không liên quan đến thửa đất này."
        )
    told, moment = extract.facts_of(conn, crs, parcel, at)
    told |= {
        "simulated": row["simulated"],
        "code": row["code"],
        "foot": f"Hồ sơ {row['code']}",
        "agency": offices.decider(row["level"], row["unit"]),
        "qr": render.qr(facts.tracking(press.base, row["code"], row["token"])),
    }
    label = "-".join(part for part in (told["sheet"], told["label"]) if part.isalnum()) or str(parcel)
    return Printed(f"Trích lục bản nháp {label} {row['code']}.pdf", render.pdf("extract", told, moment))


def _made(conn: Connection, press: Press, dossier: UUID, form: str, revision: int) -> Printed:
    row = conn.execute("SELECT dossier.paper_facts(%s, %s) AS told", (dossier, revision)).fetchone()
    assert row is not None
    told: dict[str, Any] = row["told"]
    at = datetime.fromisoformat(told["event"]["at"])
    name = f"{offices.title(form)[0]} {told['code']}.pdf"
    if form == "07":
        return Printed(name, render.pdf("form_07", _line_of_book(conn, press, dossier, told, at), at))
    content = facts.form_facts(form, told, _applicant(conn, press, dossier), press.base)
    return Printed(name, render.pdf(f"form_{form}", content | {"qr": render.qr(content["qr"])}, at))


def _line_of_book(conn: Connection, press: Press, dossier: UUID, told: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The log book with the line of one dossier, as of an event."""
    status = conn.execute(
        "SELECT name_vi FROM dossier.status WHERE code = %s", (told["event"]["to_status"],)
    ).fetchone()
    line = {
        "code": told["code"], "procedure_vi": told["procedure_vi"], "applicant": _names(conn, press, [dossier]).get(dossier, ""),
        "level": told["level"], "competent_unit": told["competent"], "received_at": told["received_at"], "due_at": told["due_at"],
        "returned_at": told["returned_at"], "channel": told["channel"], "status_vi": status["name_vi"] if status else "", "simulated": told["simulated"],
    }  # fmt: skip
    day = datetime.fromisoformat(told["received_at"])
    return facts.book_facts(told["received"], day, max(day, at), [line])


def _names(conn: Connection, press: Press, dossiers: list[UUID]) -> dict[UUID, str]:
    rows = conn.execute("SELECT dossier_id, name_sealed FROM dossier.applicant WHERE dossier_id = ANY(%s)", (dossiers,))
    return {
        row["dossier_id"]: press.sealer.open(row["name_sealed"], f"dossier.name:{row['dossier_id']}") for row in rows
    }


def _applicant(conn: Connection, press: Press, dossier: UUID) -> dict[str, str | None]:
    """Who applied. Phone and address are masked: paper is passed on, and the applicant knows them."""
    row = conn.execute("SELECT * FROM dossier.applicant WHERE dossier_id = %s", (dossier,)).fetchone()
    if row is None:
        return {"name": None, "phone": None, "address": None}

    def opened(name: str) -> str | None:
        sealed = row[f"{name}_sealed"]
        return press.sealer.open(sealed, f"dossier.{name}:{dossier}") if sealed is not None else None

    phone, address = opened("phone"), opened("address")
    return {
        "name": opened("name"),
        "phone": mask_phone(phone) if phone else None,
        "address": mask_address(address) if address else None,
    }
