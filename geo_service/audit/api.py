"""Routes of the audit log, for leaders (entries of their units) and auditors of the whole city."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from geo_service.accounts.guards import require
from geo_service.audit import service
from geo_service.audit.schemas import ChainState, Entries
from geo_service.deps import Connection
from geo_service.times import ZonedMoment
from layers.fabric.intents import NO_NUL

router = APIRouter(prefix="/api/audit", tags=["audit"], dependencies=[Depends(require("audit.read"))])
RECHECK_SECONDS = 60
Text = Annotated[str | None, Query(max_length=200, pattern=NO_NUL)]


@router.get("")
def search_log(
    conn: Connection,
    actor: Text = None,
    kind: Text = None,
    subject: Text = None,
    unit: Text = None,
    since: Annotated[ZonedMoment | None, Query(alias="from")] = None,
    until: Annotated[ZonedMoment | None, Query(alias="to")] = None,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Entries:
    """Entries, newest first."""
    rows = service.search(
        conn, actor=actor, kind=kind, subject=subject, unit=unit, since=since, until=until, before=before, limit=limit
    )
    return Entries.model_validate({"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None})


@router.get("/state")
def chain_state(request: Request, conn: Connection) -> ChainState:
    """Whether every entry still followed from the one before it within the last minute: walking the chain costs a core some time."""
    known: tuple[float, dict[str, Any]] | None = getattr(request.app.state, "chain", None)
    if known is None or time.monotonic() - known[0] > RECHECK_SECONDS:
        known = request.app.state.chain = time.monotonic(), service.state(conn)
    found = known[1]
    return ChainState(entries=found["entries"], head=found["head"], verified=found["broken"] is None)
