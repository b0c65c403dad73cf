"""Routes of the partners for administrators: how each one does, its messages, a day compared."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from geo_service.accounts.guards import csrf_guard, require
from geo_service.deps import Connection
from geo_service.dossiers.partners import reconciliation, schemas, service
from geo_service.dossiers.partners.config import Code
from geo_service.rights.schemas import refusals
from geo_service.settings import Settings

router = APIRouter(tags=["partners"], dependencies=[Depends(csrf_guard), Depends(require("partners.manage"))])


@router.get("/api/partners", responses=refusals(401, 403))
def list_partners(request: Request, conn: Connection) -> schemas.Partners:
    """How it stands with each partner: what waits and since when, what went out, the breaker, what came in."""
    return schemas.Partners(items=service.health(conn, request.app.state.settings.partner_book()))


@router.get("/api/partners/messages", responses=refusals(401, 403, 422))
def list_messages(
    conn: Connection,
    direction: schemas.Direction = "out",
    partner: Code | None = None,
    state: schemas.State | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = service.PAGE,
) -> schemas.Messages:
    """Messages of one direction, newest first. `dead`: those that need a person."""
    return service.messages(conn, direction, partner=partner, state=state, before=before, limit=limit)


@router.post("/api/partners/messages/{message_id}/retry", status_code=204, responses=refusals(401, 403, 404, 409, 422))
def retry_message(conn: Connection, message_id: schemas.MessageId) -> None:
    """Try a message again at once, as if for the first time."""
    service.retry(conn, message_id)


@router.post("/api/partners/messages/{message_id}/drop", status_code=204, responses=refusals(401, 403, 404, 409, 422))
def drop_message(conn: Connection, message_id: schemas.MessageId, body: schemas.NoteIn) -> None:
    """Settle a message by hand: nothing more is done with it, and those behind it go on."""
    service.drop(conn, message_id, body.note)


@router.get("/api/partners/reconciliation", responses=refusals(401, 403, 422))
def reconcile(
    request: Request,
    conn: Connection,
    day: Annotated[date, Query(ge=date(2000, 1, 1), le=date(2200, 1, 1), description="A day in Hanoi")],
) -> schemas.Reconciliation:
    """A day of ours against the partners' logs; questions without an answer; messages that need a person."""
    settings: Settings = request.app.state.settings
    return reconciliation.reconcile(conn, settings.partner_book(), settings.partner_signer(), day)
