"""Routes of one's own data, and of requests for correction."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection, SignedIn
from geo_service.personal import corrections, service
from geo_service.personal.schemas import (
    Accesses,
    Consent,
    ConsentIn,
    Consents,
    Correction,
    CorrectionIn,
    Corrections,
    DecisionIn,
    Export,
    OwnData,
)
from geo_service.rights.schemas import Id, refusals
from layers.fabric.intents import NO_NUL

router = APIRouter(tags=["personal data"], dependencies=[Depends(csrf_guard)])
Registrar = Annotated[Account, Depends(require("rights.write"))]


@router.get("/api/me/person", responses=refusals(401, 404))
def read_own_data(request: Request, conn: Connection, account: SignedIn) -> OwnData:
    """What the register says of who asks, in clear."""
    return service.own_data(conn, request.app.state.vault, account)


@router.get("/api/me/accesses", responses=refusals(401, 404))
def read_accesses(conn: Connection, account: SignedIn) -> Accesses:
    """Who looked at one's data, in which role, where, why."""
    return Accesses(items=service.accesses(conn, account))


@router.get("/api/me/export", responses=refusals(401, 404))
def export_own_data(request: Request, response: Response, conn: Connection, account: SignedIn) -> Export:
    """Everything on record about who asks, as a file."""
    response.headers["Content-Disposition"] = 'attachment; filename="du-lieu-ca-nhan.json"'
    response.headers["Cache-Control"] = "no-store"
    return service.export(conn, request.app.state.vault, account)


@router.get("/api/me/consents", responses=refusals(401, 404))
def read_consents(conn: Connection, account: SignedIn) -> Consents:
    """Purposes that need one's consent, and what one said."""
    return Consents(items=service.consents(conn, account))


@router.put("/api/me/consents/{purpose}", responses=refusals(401, 403, 404, 422))
def give_consent(
    conn: Connection,
    account: SignedIn,
    purpose: Annotated[str, Path(max_length=40, pattern=NO_NUL)],
    body: ConsentIn,
) -> Consent:
    """Agree to a purpose, or take it back."""
    return service.give_consent(conn, account, purpose, body.given)


@router.post("/api/me/corrections", status_code=201, responses=refusals(401, 403, 404, 422))
def ask_correction(request: Request, conn: Connection, account: SignedIn, body: CorrectionIn) -> Correction:
    """Say what is wrong in one's data."""
    return service.ask_correction(conn, request.app.state.vault, account, body)


@router.get("/api/me/corrections", responses=refusals(401, 404))
def read_own_corrections(request: Request, conn: Connection, account: SignedIn) -> Corrections:
    """One's requests, and what became of them."""
    party = service.require_person(account)
    return Corrections(items=corrections.of_party(conn, request.app.state.vault, party))


@router.get("/api/corrections", responses=refusals(401, 403))
def list_corrections(request: Request, conn: Connection, _account: Registrar) -> Corrections:
    """Requests to decide, of people who hold something where one registers rights."""
    return Corrections(items=corrections.to_decide(conn, request.app.state.vault))


@router.post("/api/corrections/{correction_id}/decision", responses=refusals(401, 403, 404, 409, 422))
def decide_correction(
    request: Request, conn: Connection, account: Registrar, correction_id: Id, body: DecisionIn
) -> Correction:
    """Grant or refuse a request."""
    return corrections.decide(conn, request.app.state.vault, account, correction_id, body)
