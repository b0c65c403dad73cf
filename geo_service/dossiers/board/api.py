"""Routes of the leaders' board, and of the figures that analysts read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from geo_service.accounts.guards import csrf_guard, require, require_in
from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.deps import Connection
from geo_service.dossiers.board import outlines, schemas, service
from geo_service.openapi import answers
from layers.fabric.intents import NO_NUL

router = APIRouter(tags=["board"], dependencies=[Depends(csrf_guard)])
Leader = Annotated[Account, Depends(require("board.read"))]
Officer = Annotated[Account, Depends(require("dossier.read"))]
Analyst = Annotated[Account, Depends(require("analysis.read"))]
Keeper = Annotated[Account, Depends(require("catalogue.write"))]
Limit = Annotated[int, Query(ge=1, le=5_000)]
GEOJSON: dict[int | str, dict[str, Any]] = {
    200: {
        "model": schemas.Outlines,
        "content": {"application/geo+json": {"schema": {"$ref": "#/components/schemas/Outlines"}}},
    }
}


def asked(
    conn: Connection,
    first: Annotated[
        date | None,
        Query(
            alias="from",
            ge=schemas.FIRST_DAY,
            le=schemas.LAST_DAY,
            description="First day; by default 29 days before the last",
        ),
    ] = None,
    last: Annotated[
        date | None,
        Query(alias="to", ge=schemas.FIRST_DAY, le=schemas.LAST_DAY, description="Last day; by default today"),
    ] = None,
    by: Annotated[
        schemas.By, Query(description="Whose a dossier is: the unit that decides it, or that received it")
    ] = "competent",
    unit: Annotated[
        str | None,
        Query(max_length=12, pattern=r"^(\*|[0-9A-Za-z_-]{1,12})$", description="One unit; *: what the city decides"),
    ] = None,
    procedure: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
) -> service.Question:
    """What is asked of the board."""
    return service.question(conn, first, last, by, unit, procedure)


Asked = Annotated[service.Question, Depends(asked, scope="function")]


@router.get("/api/board")
def read_board(conn: Connection, account: Leader, asked: Asked) -> schemas.Board:
    """Numbers of the leader's units: of a period, and of this moment."""
    return service.board(conn, account, asked)


@router.get("/api/board/units")
def read_map_units(conn: Connection, _account: Leader, asked: Asked) -> schemas.MapUnits:
    """The same for every unit, with its place, for a map."""
    return service.map_units(conn, asked, outlines.outlines())


@router.get("/api/board/outlines", responses=GEOJSON)
def read_outlines() -> Response:
    """Generalised outlines of units, where they are known."""
    return Response(
        outlines.collection(), media_type="application/geo+json", headers={"Cache-Control": "public, max-age=86400"}
    )


@router.get("/api/board/steps")
def read_steps(conn: Connection, _account: Leader, asked: Asked) -> schemas.Steps:
    """Steps in which dossiers stay longer than meant, most time lost first."""
    return service.steps(conn, asked)


@router.get("/api/board/forecast")
def read_forecast(conn: Connection, _account: Leader, asked: Asked) -> schemas.Forecast:
    """The load of the next working days and the dossiers that will probably be late, each with how wrong such forecasts were."""
    return service.expected(conn, asked)


@router.get("/api/board/dossiers")
def read_listed(
    conn: Connection,
    _account: Leader,
    _officer: Officer,
    asked: Asked,
    cell: schemas.Cell,
    detail: schemas.Detail = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> schemas.Listed:
    """The dossiers behind a number. `detail`: why it is paused (cell paused), or the step (cell step)."""
    return service.listed(conn, asked, cell, detail, offset)


@router.get("/api/board/bands")
def read_bands(conn: Connection, _account: Leader) -> schemas.Bands:
    """What shares of dossiers finished in time are called."""
    return schemas.Bands.model_validate({"items": service.bands(conn)})


@router.put("/api/board/bands")
def put_bands(conn: Connection, account: Keeper, body: schemas.Bands) -> schemas.Bands:
    """Other words for shares."""
    require_in(account, "catalogue.write", EVERYWHERE)
    return schemas.Bands.model_validate({"items": service.put_bands(conn, body)})


@router.get("/api/statistics/dossiers", responses=answers(schemas.Facts))
def read_facts(
    conn: Connection,
    _account: Analyst,
    first: Annotated[date, Query(alias="from", ge=schemas.FIRST_DAY, le=schemas.LAST_DAY)],
    last: Annotated[date, Query(alias="to", ge=schemas.FIRST_DAY, le=schemas.LAST_DAY)],
    after: UUID | None = None,
    limit: Limit = 5_000,
) -> dict[str, Any]:
    """Dossiers that were open in a period, nobody's name among them."""
    return service.facts(conn, first, last, after, limit)


@router.get("/api/statistics/stays", responses=answers(schemas.Stays))
def read_stays(
    conn: Connection,
    _account: Analyst,
    first: Annotated[date, Query(alias="from", ge=schemas.FIRST_DAY, le=schemas.LAST_DAY)],
    last: Annotated[date, Query(alias="to", ge=schemas.FIRST_DAY, le=schemas.LAST_DAY)],
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Limit = 5_000,
) -> dict[str, Any]:
    """Stays of dossiers in steps that ended in a period."""
    return service.stays(conn, first, last, after, limit)
