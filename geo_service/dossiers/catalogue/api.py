"""Routes of the catalogue. Everybody reads what is published; the administrator of the whole city edits, checks and publishes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Response

from geo_service.accounts.guards import csrf_guard, require, require_in
from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.deps import Connection, PublicConnection
from geo_service.dossiers.catalogue import service
from geo_service.dossiers.catalogue.model import PROCEDURE_CODE, Level
from geo_service.dossiers.catalogue.schemas import (
    Agencies,
    Catalogue,
    Check,
    Draft,
    DraftIn,
    FromIn,
    History,
    Procedure,
    ProcedureCode,
    Procedures,
    Unit,
    VariationIn,
    VariationRows,
    Variations,
    Varied,
    Versions,
)
from geo_service.rights.schemas import refusals
from layers.fabric.intents import NO_NUL

router = APIRouter(tags=["procedures"], dependencies=[Depends(csrf_guard)])
WRITE = "catalogue.write"


def keeper(account: Annotated[Account, Depends(require(WRITE))]) -> Account:
    """The administrator of the whole city."""
    require_in(account, WRITE, EVERYWHERE)
    return account


KEEPER = [Depends(keeper)]
At = Annotated[date | None, Query(description="A day; today when absent")]


# ---- for everybody -------------------------------------------------------------------------------------------------


@router.get("/api/procedures", responses=refusals(422))
def list_procedures(
    conn: PublicConnection,
    q: Annotated[str, Query(max_length=100, pattern=NO_NUL)] = "",
    level: Level | None = None,
    after: Annotated[str, Query(max_length=40, pattern=rf"^$|{PROCEDURE_CODE}")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Procedures:
    """Procedures in force today, by code or words of a name; diacritics may be left out."""
    return service.search(conn, wanted=q, level=level, after=after, limit=limit)


@router.get("/api/procedures/{code}", response_model=Procedure, responses=refusals(404, 422))
def read_procedure(
    conn: PublicConnection,
    code: ProcedureCode,
    at: At = None,
    unit: Annotated[str | None, Query(max_length=12, pattern=r"^(\*|[0-9A-Za-z_-]{1,12})$")] = None,
) -> Response:
    """A procedure as it is in force today or on another day; with `unit`, also the terms that hold there."""
    return Response(orjson.dumps(service.read(conn, code, at=at, unit=unit)), media_type="application/json")


@router.get("/api/procedures/{code}/versions", responses=refusals(404, 422))
def list_versions(conn: PublicConnection, code: ProcedureCode) -> Versions:
    """Every published version, newest first."""
    return service.versions(conn, code)


# ---- for the administrator -----------------------------------------------------------------------------------------


@router.get("/api/catalogue", dependencies=KEEPER, responses=refusals(401, 403))
def read_catalogue(conn: Connection) -> Catalogue:
    """Every procedure there is: in force, ended, or a draft only; and how many dossiers run under it."""
    return service.whole(conn)


@router.get("/api/catalogue/{code}", dependencies=KEEPER, responses=refusals(401, 403, 422))
def read_history(conn: Connection, code: ProcedureCode) -> History:
    """Published versions of a procedure, newest first, and how many dossiers run under each."""
    return service.history(conn, code)


@router.get("/api/procedures/{code}/draft", dependencies=KEEPER, responses=refusals(401, 403, 404, 422))
def read_draft(conn: Connection, code: ProcedureCode) -> Draft:
    """The draft of a procedure."""
    return service.draft(conn, code)


@router.put("/api/procedures/{code}/draft", dependencies=KEEPER, responses=refusals(401, 403, 409, 422))
def save_draft(conn: Connection, code: ProcedureCode, body: DraftIn) -> Draft:
    """Make or edit the one draft of a procedure, also of a new one. It may be unfinished."""
    return service.save(conn, code, body.definition, body.seen)


@router.delete(
    "/api/procedures/{code}/draft", status_code=204, dependencies=KEEPER, responses=refusals(401, 403, 404, 422)
)
def drop_draft(conn: Connection, code: ProcedureCode) -> None:
    """Give the draft up."""
    service.drop(conn, code)


@router.post("/api/procedures/{code}/draft/check", dependencies=KEEPER, responses=refusals(401, 403, 404, 422))
def check_draft(conn: Connection, code: ProcedureCode) -> Check:
    """What is wrong with the draft, and what it changes of the version in force."""
    return service.check(conn, code)


@router.post("/api/procedures/{code}/draft/publish", dependencies=KEEPER, responses=refusals(401, 403, 404, 409, 422))
def publish_draft(conn: Connection, code: ProcedureCode, body: FromIn) -> Procedure:
    """Publish the draft from a day on. The version in force ends the day before; open dossiers stay on the version they have."""
    return service.publish(conn, code, body.since)


@router.post("/api/procedures/{code}/end", status_code=204, dependencies=KEEPER, responses=refusals(401, 403, 404, 422))
def end_procedure(conn: Connection, code: ProcedureCode, body: FromIn) -> None:
    """No dossier is opened under the procedure from a day on; those that are open go on."""
    service.end(conn, code, body.since)


@router.get("/api/procedures/{code}/variations", dependencies=KEEPER, responses=refusals(401, 403, 422))
def list_variations(conn: Connection, code: ProcedureCode) -> Variations:
    """What units do otherwise, today and later."""
    return service.variations(conn, code)


@router.get("/api/procedures/{code}/variations/{unit}", dependencies=KEEPER, responses=refusals(401, 403, 422))
def read_variation(conn: Connection, code: ProcedureCode, unit: Unit) -> Variations:
    """What one unit does otherwise, today and later; * is the city's own desk."""
    return service.variations(conn, code, unit)


@router.put(
    "/api/procedures/{code}/variations/{unit}", dependencies=KEEPER, responses=refusals(401, 403, 404, 409, 422)
)
def put_variation(conn: Connection, code: ProcedureCode, unit: Unit, body: VariationIn) -> Variations:
    """A unit does otherwise from a day on; replaces what was to hold there from that day."""
    return service.vary(conn, code, unit, body)


@router.delete(
    "/api/procedures/{code}/variations/{unit}",
    status_code=204,
    dependencies=KEEPER,
    responses=refusals(401, 403, 404, 422),
)
def end_variation(
    conn: Connection, code: ProcedureCode, unit: Unit, since: Annotated[date, Query(alias="from")]
) -> None:
    """The unit does as all others from a day on."""
    service.unvary(conn, code, unit, since)


@router.post("/api/variations", dependencies=KEEPER, responses=refusals(401, 403, 404, 422))
def put_variations(conn: Connection, body: VariationRows) -> Varied:
    """Many variations at once, of any procedures and units: all of them or none. A refusal names the row."""
    return Varied(rows=service.vary_many(conn, body.items))


@router.get("/api/agencies", dependencies=KEEPER, responses=refusals(401, 403))
def list_agencies(conn: Connection) -> Agencies:
    """Codes under which counters receive; unit * is for those without their own."""
    return service.agencies(conn)


@router.put("/api/agencies", dependencies=KEEPER, responses=refusals(401, 403, 422))
def put_agencies(conn: Connection, body: Agencies) -> Agencies:
    """Give units their codes; those not named keep theirs."""
    return service.put_agencies(conn, body)
