"""Routes of rights. All need somebody signed in; which commune and which person is decided in `service`, and again by the database."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection, SignedIn
from geo_service.rights import service
from geo_service.rights.schemas import (
    BaUnit,
    Block,
    BlockIn,
    Id,
    LiftIn,
    ParcelCode,
    ParcelRights,
    Parties,
    Purpose,
    Purposes,
    RegistrationIn,
    Revealed,
    RevealIn,
    SearchIn,
    refusals,
)

router = APIRouter(tags=["rights"], dependencies=[Depends(csrf_guard)])
Blocker = Annotated[Account, Depends(require("block.write"))]
Registrar = Annotated[Account, Depends(require("rights.write"))]
Revealer = Annotated[Account, Depends(require("person.reveal"))]


@router.get("/api/purposes", responses=refusals(401))
def list_purposes(conn: Connection) -> Purposes:
    """Purposes a look at a personal value can have."""
    return Purposes(items=[Purpose.model_validate(row) for row in service.purposes(conn)])


@router.get("/api/parcels/{code}/rights", responses=refusals(401, 403, 404, 422))
def read_rights(request: Request, conn: Connection, account: SignedIn, code: ParcelCode) -> ParcelRights:
    """Rights and blocks on a parcel, for officers of its commune and for who holds a right there. What an officer reads is logged."""
    return service.parcel_rights(conn, request.app.state.vault, account, code)


@router.post("/api/parcels/{code}/blocks", status_code=201, responses=refusals(401, 403, 404, 422))
def put_block(conn: Connection, account: Blocker, code: ParcelCode, body: BlockIn) -> Block:
    """Block a parcel: edits that retire it are refused from the next commit on."""
    return service.put_block(conn, account, code, body)


@router.post("/api/blocks/{block_id}/lift", responses=refusals(401, 403, 404, 409, 422))
def lift_block(conn: Connection, account: Blocker, block_id: Id, body: LiftIn) -> Block:
    """Lift a block; its history stays."""
    return service.lift_block(conn, account, block_id, body)


@router.post("/api/rights/registrations", status_code=201, responses=refusals(401, 403, 404, 409, 422))
def register(request: Request, conn: Connection, account: Registrar, body: RegistrationIn) -> BaUnit:
    """Register the new set of rights of a unit of rights, or a first one."""
    return service.register(conn, request.app.state.vault, account, body)


@router.post("/api/parties/search", responses=refusals(401, 403, 422))
def search_parties(request: Request, conn: Connection, account: Revealer, body: SearchIn) -> Parties:
    """The person with an identity number. The search is logged, the number is not."""
    return Parties(items=service.search_party(conn, request.app.state.vault, account, body))


@router.post("/api/parties/{party_id}/reveal", responses=refusals(401, 403, 404, 422))
def reveal(request: Request, conn: Connection, account: Revealer, party_id: Id, body: RevealIn) -> Revealed:
    """One personal value in clear. The person can see who looked, when and why."""
    return Revealed(value=service.reveal(conn, request.app.state.vault, account, party_id, body))
