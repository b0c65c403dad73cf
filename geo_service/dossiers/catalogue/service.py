"""Rules of the catalogue, in the caller's transaction. Who may write, and that what was published stays, is the database's to see to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from geo_service.accounts.sessions import write_audit
from geo_service.dossiers.catalogue import schemas
from geo_service.dossiers.catalogue.diff import changes
from geo_service.dossiers.catalogue.graph import Roles
from geo_service.dossiers.catalogue.model import Definition
from geo_service.dossiers.catalogue.validate import Finding, errors, problems
from geo_service.dossiers.refusals import refusal
from layers.db import Connection
from layers.errors import EditRefused, Malformed, NotFound, Problem
from layers.register.rights.model import today
from layers.register.search import plain

# ---- reading -------------------------------------------------------------------------------------------------------


def search(conn: Connection, *, wanted: str, level: str | None, after: str, limit: int) -> schemas.Procedures:
    """Procedures in force today by code; every word of `wanted` is in the code or a name, diacritics or not."""
    words = [word.translate({ord(sign): f"\\{sign}" for sign in "\\%_"}) for word in plain(wanted).split()]
    rows = conn.execute(
        """
        SELECT p.code, p.name_vi, p.name_en, d.kind, d.level, d."limit", d.change_type, v.version, lower(v.valid) AS valid_from
        FROM dossier.procedure p JOIN dossier.procedure_version v ON v.procedure = p.code AND v.status = 'published' AND v.valid @> %(today)s::date,
             LATERAL jsonb_to_record(v.definition) d (kind text, level text, "limit" jsonb, change_type text)
        WHERE p.code > %(after)s AND p.plain LIKE ALL(%(words)s) AND (%(level)s::text IS NULL OR d.level = %(level)s)
        ORDER BY p.code LIMIT %(limit)s
        """,
        {"after": after, "words": [f"%{word}%" for word in words], "level": level, "limit": limit, "today": today()},
    ).fetchall()
    items = [schemas.Summary.model_validate(row) for row in rows]
    return schemas.Procedures(items=items, next=items[-1].code if len(items) == limit else None)


def read(conn: Connection, code: str, *, at: date | None = None, unit: str | None = None) -> dict[str, Any]:
    """The version in force on a day (today) as `schemas.Procedure` describes it, with the terms of a unit. It was checked when it was written, so
    it goes out as it lies in the database. Raises NotFound."""
    row = conn.execute(
        """
        SELECT v.version, lower(v.valid) AS valid_from, upper(v.valid) AS valid_until, v.definition, t.terms, t.variation_id IS NOT NULL AS varied
        FROM dossier.procedure_version v LEFT JOIN LATERAL dossier.terms(v.procedure, %(unit)s, %(day)s) t ON %(unit)s::text IS NOT NULL
        WHERE v.procedure = %(code)s AND v.status = 'published' AND v.valid @> %(day)s::date
        """,
        {"code": code, "day": at or today(), "unit": unit},
    ).fetchone()
    if row is None:
        raise no_such_procedure()
    return row


def version(conn: Connection, code: str, *, at: date | None = None) -> schemas.Procedure:
    """The same as a value."""
    return schemas.Procedure.model_validate(read(conn, code, at=at))


def versions(conn: Connection, code: str) -> schemas.Versions:
    """Published versions, newest first. Raises NotFound where there is none."""
    rows = conn.execute(
        """
        SELECT version, lower(valid) AS valid_from, upper(valid) AS valid_until, published_at, source
        FROM dossier.procedure_version WHERE procedure = %s AND status = 'published' ORDER BY version DESC
        """,
        (code,),
    ).fetchall()
    if not rows:
        raise no_such_procedure()
    return schemas.Versions(items=[schemas.Version.model_validate(row) for row in rows])


def whole(conn: Connection) -> schemas.Catalogue:
    """Every procedure there is, also drafts that were never published and what has ended."""
    rows = conn.execute("SELECT * FROM dossier.whole_catalogue(%s)", (today(),)).fetchall()
    return schemas.Catalogue(items=[_entry(row) for row in rows])


def _entry(row: dict[str, Any]) -> schemas.Entry:
    said = row["definition"]
    edited_at = row["draft_edited_at"]
    return schemas.Entry(
        kind=said["kind"],
        level=said["level"],
        limit=said["limit"],
        draft=schemas.DraftMark(edited_at=edited_at, edited_by=row["draft_edited_by"]) if edited_at else None,
        **{name: row[name] for name in schemas.Entry.model_fields if name not in ("kind", "level", "limit", "draft")},
    )


def history(conn: Connection, code: str) -> schemas.History:
    """Published versions with what runs under them, newest first; none of a procedure that was never published."""
    rows = conn.execute("SELECT * FROM dossier.whole_history(%s)", (code,)).fetchall()
    return schemas.History(items=[schemas.PastVersion.model_validate(row) for row in rows])


def no_such_procedure() -> NotFound:
    return NotFound(
        "no-such-procedure", "No such procedure is in force then.", "Không có thủ tục này đang có hiệu lực."
    )


# ---- drafts --------------------------------------------------------------------------------------------------------


def roles(conn: Connection) -> Roles:
    """Every role and what it may do."""
    rows = conn.execute("SELECT code, capabilities FROM accounts.role").fetchall()
    return {row["code"]: row["capabilities"] for row in rows}


def draft(conn: Connection, code: str) -> schemas.Draft:
    """The one draft of a procedure. Raises NotFound."""
    row = conn.execute(
        """
        SELECT v.version, v.edited_at, a.name AS edited_by, v.definition
        FROM dossier.procedure_version v LEFT JOIN accounts.account a ON a.id = v.edited_by WHERE v.procedure = %s AND v.status = 'draft'
        """,
        (code,),
    ).fetchone()
    if row is None:
        raise NotFound("no-draft", "The procedure has no draft.", "Thủ tục chưa có bản thảo.")
    return schemas.Draft.model_validate(row)


def save(conn: Connection, code: str, definition: Definition, seen: datetime | None) -> schemas.Draft:
    """Make or edit the draft; it may be unfinished. Raises Malformed for another procedure's, Stale when somebody else edited it meanwhile."""
    if definition.code != code:
        raise Malformed(
            "other-procedure",
            f"The definition is that of {definition.code}.",
            f"Nội dung này là của thủ tục {definition.code}.",
        )
    conn.execute("SELECT dossier.save_draft(%s, %s)", (Jsonb(definition.document()), seen))
    saved = draft(conn, code)
    write_audit(conn, "procedure.drafted", f"procedure:{code}", detail={"version": saved.version})
    return saved


def drop(conn: Connection, code: str) -> None:
    """Give the draft up. Raises NotFound."""
    conn.execute("SELECT dossier.drop_draft(%s)", (code,))
    write_audit(conn, "procedure.draft_dropped", f"procedure:{code}")


def check(conn: Connection, code: str) -> schemas.Check:
    """What the rules find in the draft, and what it changes of the version in force. Raises NotFound."""
    mine = draft(conn, code).definition
    found = problems(mine, roles(conn))
    try:
        before = version(conn, code)
    except NotFound:
        before = None
    return schemas.Check(
        publishable=not errors(found),
        findings=_out(found),
        in_force=before.version if before else None,
        changes=[
            schemas.ChangeOut(path=one.path, before=one.before, after=one.after)
            for one in changes(before.definition if before else None, mine)
        ],
    )


def _out(found: list[Finding]) -> list[schemas.FindingOut]:
    return [schemas.FindingOut.model_validate(vars(finding)) for finding in found]


def publish(conn: Connection, code: str, since: date) -> schemas.Procedure:
    """Publish the draft from a day on; dossiers that are open stay on their version.

    Raises NotFound without a draft, EditRefused with the findings, Malformed for a day that has passed or is taken, Stale when somebody edited
    the draft while it was being checked.
    """
    mine = draft(conn, code)
    found = errors(problems(mine.definition, roles(conn)))
    if found:
        raise EditRefused(
            "draft-has-errors",
            f"The draft has {len(found)} errors; the first: {found[0].en}",
            f"Bản thảo có {len(found)} lỗi; lỗi đầu tiên: {found[0].vi}",
            findings=[finding.model_dump() for finding in _out(found)],
        )
    conn.execute("SELECT dossier.enact(%s, %s, %s)", (code, since, mine.edited_at))
    published = version(conn, code, at=since)
    detail = {"version": published.version, "from": since.isoformat()}
    write_audit(conn, "procedure.published", f"procedure:{code}", detail=detail)
    return published


def end(conn: Connection, code: str, on: date) -> None:
    """No dossier is opened under the procedure from a day on. Raises NotFound, Malformed."""
    conn.execute("SELECT dossier.end_procedure(%s, %s)", (code, on))
    write_audit(conn, "procedure.ended", f"procedure:{code}", detail={"on": on.isoformat()})


# ---- variations ----------------------------------------------------------------------------------------------------


def variations(conn: Connection, code: str, unit: str | None = None) -> schemas.Variations:
    """What units do otherwise, today and later, by unit."""
    rows = conn.execute(
        """
        SELECT unit, lower(valid) AS valid_from, upper(valid) AS valid_until, changes, legal_document FROM dossier.variation
        WHERE procedure = %(code)s AND (%(unit)s::text IS NULL OR unit = %(unit)s) AND valid && daterange(accounts.today(), NULL) ORDER BY unit, valid
        """,
        {"code": code, "unit": unit},
    ).fetchall()
    return schemas.Variations(items=[schemas.Variation.model_validate(row) for row in rows])


def vary(conn: Connection, code: str, unit: str, body: schemas.VariationIn) -> schemas.Variations:
    """A unit does otherwise from a day on. Raises NotFound, Malformed, EditRefused with what the rules find."""
    said = _checked(version(conn, code, at=body.since).definition, body, roles(conn))
    _put(conn, code, unit, body, said)
    made = variations(conn, code, unit)
    detail: dict[str, Any] = {"changes": sorted(said), "from": body.since.isoformat()}
    write_audit(conn, "procedure.varied", f"procedure:{code}", unit=None if unit == "*" else unit, detail=detail)
    return made


def vary_many(conn: Connection, items: list[schemas.VariationRow]) -> int:
    """All of them or none; how many. Raises as `vary`, and says which row."""
    known = roles(conn)
    definitions: dict[tuple[str, date], Definition] = {}
    for i, row in enumerate(items):
        try:
            key = (row.procedure, row.since)
            if key not in definitions:
                definitions[key] = version(conn, row.procedure, at=row.since).definition
            _put(conn, row.procedure, row.unit, row, _checked(definitions[key], row, known))
        except Problem as problem:
            problem.extras["row"] = i
            raise
        except psycopg.Error as error:
            problem_of_row = refusal(error)
            if problem_of_row is None:
                raise
            problem_of_row.extras["row"] = i
            raise problem_of_row from error
    write_audit(conn, "procedure.varied", "procedures", detail={"rows": len(items)})
    return len(items)


def _checked(base: Definition, body: schemas.VariationIn, known: Roles) -> dict[str, Any]:
    """What the variation says, once the rules find nothing in the procedure with it put in."""
    said = body.changes.document()
    if not said or (body.until is not None and body.until <= body.since):
        raise Malformed("empty-variation", "The variation changes nothing.", "Nội dung điều chỉnh không thay đổi gì.")
    found = errors(problems(Definition.model_validate(base.document() | said), known))
    if found:
        findings = [finding.model_dump() for finding in _out(found)]
        raise EditRefused("variation-has-errors", found[0].en, found[0].vi, findings=findings)
    return said


def _put(conn: Connection, code: str, unit: str, body: schemas.VariationIn, said: dict[str, Any]) -> None:
    conn.execute(
        "SELECT dossier.put_variation(%s, %s, %s, %s, %s, %s)",
        (code, unit, body.since, body.until, Jsonb(said), body.legal_document),
    )


def unvary(conn: Connection, code: str, unit: str, on: date) -> None:
    """The unit does as all others from a day on. Raises NotFound when it does already, Malformed for a day that has passed."""
    row = conn.execute("SELECT dossier.end_variation(%s, %s, %s) AS ended", (code, unit, on)).fetchone()
    if row is None or not row["ended"]:
        raise NotFound("no-variation", "The unit does as all others.", "Đơn vị này không có nội dung điều chỉnh.")
    detail = {"from": on.isoformat()}
    write_audit(conn, "procedure.unvaried", f"procedure:{code}", unit=None if unit == "*" else unit, detail=detail)


# ---- agencies ------------------------------------------------------------------------------------------------------


def agencies(conn: Connection) -> schemas.Agencies:
    rows = conn.execute("SELECT unit, code FROM dossier.agency ORDER BY unit").fetchall()
    return schemas.Agencies(items=[schemas.Agency.model_validate(row) for row in rows])


def put_agencies(conn: Connection, body: schemas.Agencies) -> schemas.Agencies:
    """Give units their codes; those not named keep theirs. Codes of dossiers that are open do not change. Raises Malformed for an unknown unit."""
    units = [agency.unit for agency in body.items]
    unknown = conn.execute(
        "SELECT u FROM unnest(%s::text[]) u WHERE u <> '*' AND NOT EXISTS (SELECT 1 FROM register.unit WHERE code = u) LIMIT 1",
        (units,),
    ).fetchone()
    if unknown or len(set(units)) < len(units):
        which = unknown["u"] if unknown else next(unit for unit in units if units.count(unit) > 1)
        raise Malformed("bad-unit", f"Unit {which} is unknown or named twice.", f"Đơn vị {which} không có hoặc bị lặp.")
    conn.execute(
        "INSERT INTO dossier.agency (unit, code) SELECT * FROM unnest(%s::text[], %s::text[])"
        " ON CONFLICT (unit) DO UPDATE SET code = excluded.code",
        (units, [agency.code for agency in body.items]),
    )
    all_of_them = agencies(conn)
    write_audit(conn, "agencies.changed", "agencies", detail={"units": units[:50]})
    return all_of_them
