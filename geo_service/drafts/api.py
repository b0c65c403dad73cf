"""Routes of drafts: proposed by one officer, decided by another."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from geo_service.accounts.guards import csrf_guard, forbidden, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection, SignedIn
from geo_service.drafts import service
from geo_service.drafts.schemas import CommitIn, Draft, DraftIn, Preview, PreviewIn, ReturnIn, SubmitIn, Written
from geo_service.openapi import answers

router = APIRouter(prefix="/api/drafts", tags=["editing"], dependencies=[Depends(csrf_guard)])

CLOSED: dict[int | str, dict[str, Any]] = {409: {"description": "The draft is closed, or the land has moved on"}}


def require_editor(account: SignedIn) -> Account:
    """Who proposes or decides. Raises NotSignedIn, Forbidden."""
    if not (account.may("edit.propose") or account.may("edit.approve")):
        raise forbidden("edit.propose", account)
    return account


Proposer = Annotated[Account, Depends(require("edit.propose"))]
Editor = Annotated[Account, Depends(require_editor)]


@router.post("", status_code=201)
def create_draft(request: Request, conn: Connection, account: Proposer, body: DraftIn) -> Draft:
    """Begin a draft on the newest state. New points are rounded here, once, and come back as `mm`."""
    return service.create(conn, request.app.state.crs, account, body)


@router.get("")
def list_drafts(
    conn: Connection, account: Editor, status: Literal["mine", "submitted"] = "mine"
) -> dict[str, list[Draft]]:
    """One's own drafts that are open or submitted, newest first; `status=submitted`: those of others that one may decide on."""
    if status == "submitted":
        return {"items": service.to_decide(conn, account) if account.may("edit.approve") else []}
    return {"items": service.mine(conn, account)}


@router.get("/{draft_id}")
def read_draft(conn: Connection, account: Editor, draft_id: UUID) -> Draft:
    """One's own draft, or a submitted one that one may decide on."""
    return service.get(conn, account, draft_id)


@router.put("/{draft_id}", responses=CLOSED)
def change_draft(request: Request, conn: Connection, account: Proposer, draft_id: UUID, body: DraftIn) -> Draft:
    """Replace reason or intents; undo and redo are done this way."""
    return service.change(conn, request.app.state.crs, account, draft_id, body)


@router.delete("/{draft_id}", status_code=204)
def discard_draft(conn: Connection, account: Proposer, draft_id: UUID) -> None:
    """Give a draft up."""
    service.discard(conn, account, draft_id)


@router.post("/{draft_id}/preview", responses=answers(Preview) | CLOSED)
def preview_draft(
    request: Request, conn: Connection, account: Editor, draft_id: UUID, body: PreviewIn | None = None
) -> dict[str, Any]:
    """What the draft would do now: faces, affected neighbours in mm and m², certificate. Changes nothing on the map."""
    return service.preview(conn, request.app.state.crs, account, draft_id, body or PreviewIn())


@router.post("/{draft_id}/submit", responses=CLOSED)
def submit_draft(request: Request, conn: Connection, account: Proposer, draft_id: UUID, body: SubmitIn) -> Draft:
    """Hand the draft over to be decided on; it cannot be changed while it waits."""
    return service.submit(conn, request.app.state.crs, account, draft_id, body)


@router.post("/{draft_id}/return", status_code=204, responses=CLOSED)
def return_draft(conn: Connection, account: Editor, draft_id: UUID, body: ReturnIn) -> None:
    """Give a submitted draft back to its owner, with what is to be mended; the owner takes it back the same way."""
    service.give_back(conn, account, draft_id, body)


@router.post("/{draft_id}/commit", responses=answers(Written) | CLOSED)
def commit_draft(request: Request, conn: Connection, account: Editor, draft_id: UUID, body: CommitIn) -> dict[str, Any]:
    """Write the draft to the ledger; every open map hears of it. Who proposed a draft does not decide on it."""
    return service.commit(conn, request.app.state.crs, account, draft_id, body)
