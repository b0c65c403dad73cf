"""Routes of drafts; officers only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from geo_service.accounts.guards import Officer, csrf_guard
from geo_service.deps import Connection
from geo_service.drafts import service
from geo_service.drafts.schemas import CommitIn, Draft, DraftIn, PreviewIn

router = APIRouter(prefix="/api/drafts", tags=["editing"], dependencies=[Depends(csrf_guard)])


@router.post("", status_code=201)
def create_draft(request: Request, conn: Connection, officer: Officer, body: DraftIn) -> Draft:
    """Begin a draft on the newest state. New points are rounded here, once, and come back as `mm`."""
    return service.create(conn, request.app.state.crs, officer.login, body)


@router.get("")
def my_drafts(conn: Connection, officer: Officer) -> dict[str, list[Draft]]:
    """The officer's open drafts, newest first."""
    return {"items": service.mine(conn, officer.login)}


@router.get("/{draft_id}")
def read_draft(conn: Connection, officer: Officer, draft_id: UUID) -> Draft:
    """One of the officer's own drafts."""
    return service.get(conn, officer.login, draft_id)


@router.put("/{draft_id}")
def change_draft(request: Request, conn: Connection, officer: Officer, draft_id: UUID, body: DraftIn) -> Draft:
    """Replace reason or intents; undo and redo are done this way."""
    return service.change(conn, request.app.state.crs, officer.login, draft_id, body)


@router.delete("/{draft_id}", status_code=204)
def discard_draft(conn: Connection, officer: Officer, draft_id: UUID) -> None:
    """Give a draft up."""
    service.discard(conn, officer.login, draft_id)


@router.post("/{draft_id}/preview")
def preview_draft(
    request: Request, conn: Connection, officer: Officer, draft_id: UUID, body: PreviewIn | None = None
) -> dict[str, Any]:
    """What the draft would do now: faces, affected neighbours in mm and m², certificate. Changes nothing on the map."""
    return service.preview(conn, request.app.state.crs, officer.login, officer.units, draft_id, body or PreviewIn())


@router.post("/{draft_id}/commit")
def commit_draft(
    request: Request, conn: Connection, officer: Officer, draft_id: UUID, body: CommitIn
) -> dict[str, Any]:
    """Write the draft to the ledger; every open map hears of it."""
    return service.commit(conn, request.app.state.crs, officer.login, officer.units, draft_id, body)
