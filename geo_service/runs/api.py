"""Routes of detection runs: start one, follow it, stop it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection
from geo_service.rights.schemas import refusals
from geo_service.runs import schemas, service
from geo_service.settings import Settings

router = APIRouter(tags=["detection"], dependencies=[Depends(csrf_guard)])
Starter = Annotated[Account, Depends(require("detect.run"))]
Reader = Annotated[Account, Depends(require("finding.read"))]


@router.post("/api/runs", status_code=201, responses=refusals(404))
def start_run(request: Request, conn: Connection, _account: Starter, body: schemas.RunIn) -> schemas.Run:
    """Look for change between two scenes, in a unit or wherever both show the land. The run waits for a worker; ask again for its progress.

    Pixels finer than 1 m are read by the building network where one is set up, and refused where none is.
    """
    settings: Settings = request.app.state.settings
    return service.begin(conn, body, settings.building_network)


@router.get("/api/runs")
def read_runs(
    conn: Connection,
    _account: Reader,
    state: schemas.State | None = None,
    cursor: Annotated[str | None, Query(max_length=60, pattern=r"^[0-9a-f-]+$")] = None,
) -> schemas.RunPage:
    """Detection runs, the newest first."""
    return service.listed(conn, state=state, cursor=cursor)


@router.get("/api/runs/{run_id}", responses=refusals(404))
def read_run(conn: Connection, _account: Reader, run_id: UUID) -> schemas.Run:
    """One run: how far it is, and what each of its steps did."""
    return service.read(conn, run_id)


@router.post("/api/runs/{run_id}/cancel", responses=refusals(404) | {409: {"description": "The run has ended"}})
def cancel_run(conn: Connection, _account: Starter, run_id: UUID) -> schemas.Run:
    """Stop a run that waits or is worked on. Nothing of it remains but this row."""
    return service.cancel(conn, run_id)
