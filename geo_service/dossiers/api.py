"""Routes of dossiers: desks, one dossier, its steps, its map, and the page everybody can follow it on."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection, PublicConnection, SignedIn
from geo_service.dossiers import binding, reading, schemas, service
from geo_service.dossiers.documents import service as documents
from geo_service.dossiers.documents.api import Limit
from geo_service.dossiers.documents.schemas import Documents
from geo_service.drafts.schemas import Draft
from geo_service.openapi import answers
from geo_service.rights.schemas import ParcelCode, refusals
from layers.crs import FabricCrs
from layers.fabric.intents import NO_NUL
from layers.register.rights.model import Sealer

router = APIRouter(tags=["dossiers"], dependencies=[Depends(csrf_guard)])
Officer = Annotated[Account, Depends(require("dossier.read"))]
Proposer = Annotated[Account, Depends(require("edit.propose"))]
Revealer = Annotated[Account, Depends(require("person.reveal"))]
Words = Annotated[str | None, Query(max_length=100, pattern=NO_NUL)]
MOVED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else was quicker, or the step does not allow it"}
}


def crs_of(request: Request) -> FabricCrs:
    return request.app.state.crs  # type: ignore[no-any-return]


def sealer_of(request: Request) -> Sealer:
    return request.app.state.vault  # type: ignore[no-any-return]


Crs = Annotated[FabricCrs, Depends(crs_of)]
Vault = Annotated[Sealer, Depends(sealer_of)]


@router.get("/api/desk")
def read_desk(
    conn: Connection,
    account: Officer,
    tab: schemas.Tab = "todo",
    q: Words = None,
    procedure: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    status: Annotated[int | None, Query(ge=1, le=10)] = None,
    unit: Annotated[str | None, Query(max_length=12, pattern=NO_NUL)] = None,
    tone: schemas.Tone | None = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> schemas.Page:
    """The inbox: `todo` what one of my desks has to do, `mine` what I have taken, `unit` all of my units, `waiting`, `done`."""
    return reading.page(
        conn, account, tab, text=q, procedure=procedure, status=status, place=unit, tone=tone, offset=offset
    )


@router.get("/api/desk/counts")
def read_counts(conn: Connection, account: Officer) -> schemas.Counts:
    """How much lies in each tab."""
    return reading.counts(conn, account)


@router.get("/api/me/dossiers")
def read_own(conn: Connection, _account: SignedIn) -> schemas.Page:
    """Dossiers one applied for oneself."""
    return reading.own(conn)


@router.post("/api/dossiers", status_code=201, responses=MOVED | refusals(404))
def file_dossier(
    conn: Connection, account: SignedIn, crs: Crs, vault: Vault, body: schemas.DossierIn
) -> schemas.Dossier:
    """Open a dossier: online for oneself, or at the counter (`received_unit`) for whom stands there."""
    return service.file(conn, crs, vault, account, body)


@router.post("/api/outlook", responses=MOVED | refusals(404))
def look_ahead(
    conn: Connection, account: SignedIn, crs: Crs, vault: Vault, limit: Limit, body: schemas.DossierIn
) -> Documents:
    """What filing this would ask for: papers the register holds, papers of earlier dossiers, papers that are missing. Nothing is filed."""
    with conn.transaction(force_rollback=True):
        made = service.file(conn, crs, vault, account, body)
        return documents.listed(conn, made.id, limit)


@router.get("/api/dossiers/{dossier_id}")
def read_dossier(conn: Connection, account: SignedIn, crs: Crs, vault: Vault, dossier_id: UUID) -> schemas.Dossier:
    """Everything about a dossier, for its applicant and for the officers of its units."""
    return reading.full(conn, crs, vault, account, dossier_id)


@router.post("/api/dossiers/{dossier_id}/actions/{action}", responses=MOVED)
def act(
    conn: Connection,
    account: SignedIn,
    crs: Crs,
    vault: Vault,
    dossier_id: UUID,
    action: schemas.ActionCode,
    body: schemas.ActIn,
) -> schemas.Acted:
    """Do one step. Approving a drawing commits it, moves the rights and tells the applicant in one transaction; papers are issued after it."""
    done = service.act(conn, crs, vault, account, dossier_id, action, body)
    return schemas.Acted.model_validate({"dossier": reading.full(conn, crs, vault, account, dossier_id), **done})


@router.post("/api/dossiers/{dossier_id}/assign", responses=MOVED)
def assign(
    conn: Connection, account: Officer, crs: Crs, vault: Vault, dossier_id: UUID, body: schemas.AssignIn
) -> schemas.Dossier:
    """Take a dossier, hand it to a colleague with the desk, or lay it back."""
    service.assign(conn, dossier_id, body)
    return reading.full(conn, crs, vault, account, dossier_id)


@router.get("/api/dossiers/{dossier_id}/colleagues")
def read_colleagues(conn: Connection, _account: Officer, dossier_id: UUID) -> schemas.Colleagues:
    """Who could take the dossier where it stands, and how many dossiers each has taken."""
    reading.require(conn, dossier_id)
    rows = conn.execute("SELECT * FROM dossier.colleagues(%s)", (dossier_id,)).fetchall()
    return schemas.Colleagues(items=[schemas.Colleague.model_validate(row) for row in rows])


@router.post("/api/dossiers/{dossier_id}/draft", responses=MOVED)
def draw(conn: Connection, account: Proposer, dossier_id: UUID) -> Draft:
    """The drawing of the dossier to work on through /api/drafts; made when there is none."""
    return binding.open_draft(conn, account, dossier_id)


@router.get("/api/dossiers/{dossier_id}/map", responses=answers(schemas.DossierMap))
def read_map(conn: Connection, _account: SignedIn, crs: Crs, dossier_id: UUID) -> dict[str, object]:
    """Its parcels then and now."""
    reading.require(conn, dossier_id)
    return binding.then_and_now(conn, crs, dossier_id)


@router.post("/api/dossiers/{dossier_id}/remarks", status_code=201)
def remark(conn: Connection, _account: SignedIn, dossier_id: UUID, body: schemas.RemarkIn) -> schemas.MadeRemark:
    """Say something about a parcel or one of its sides."""
    row = conn.execute(
        "SELECT dossier.remark(%s, %s, %s, %s) AS id",
        (dossier_id, body.parcel, list(body.segment) if body.segment else None, body.text),
    ).fetchone()
    assert row is not None
    return schemas.MadeRemark(id=row["id"])


@router.post("/api/remarks/{remark_id}/resolve", status_code=204)
def resolve(conn: Connection, _account: SignedIn, remark_id: Annotated[int, schemas.Path(ge=0, le=2**53)]) -> None:
    """Mark a remark as dealt with."""
    conn.execute("SELECT dossier.resolve_remark(%s)", (remark_id,))


@router.post("/api/dossiers/{dossier_id}/applicant/reveal")
def reveal(
    conn: Connection, account: Revealer, vault: Vault, dossier_id: UUID, body: schemas.RevealIn
) -> schemas.Revealed:
    """A value of the applicant in clear; logged with its purpose, and the person can read who looked."""
    return schemas.Revealed(value=service.reveal(conn, vault, account, dossier_id, body))


@router.get("/api/parcels/{code}/dossiers")
def read_of_parcel(conn: Connection, _account: SignedIn, code: ParcelCode) -> schemas.ParcelDossiers:
    """Dossiers about a parcel and the parcels it came from or became, as far as the reader may see them."""
    return reading.of_parcel(conn, code)


@router.get("/api/track", responses=answers(schemas.Tracked) | refusals(404))
def track(conn: PublicConnection, code: schemas.DossierCode, t: schemas.Token = None) -> dict[str, object]:
    """Where a dossier is, for everybody who has its code: who holds it, why it waits, when it is due. With the token of the receipt also
    its parcels, papers and payments."""
    return reading.track(conn, code, t)
