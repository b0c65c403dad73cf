"""Routes of printable papers. A drawing takes tens of milliseconds in a thread of its own; typst lets others run meanwhile."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection, SignedIn
from geo_service.dossiers.documents.service import disposition
from geo_service.dossiers.papers import schemas, service
from geo_service.dossiers.papers.service import Press, Printed, press_of
from geo_service.dossiers.papers.words import HANOI

router = APIRouter(tags=["papers"], dependencies=[Depends(csrf_guard)])
Officer = Annotated[Account, Depends(require("dossier.read"))]
At = Annotated[Press, Depends(press_of)]
A_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


def _pdf(paper: Printed) -> Response:
    return Response(
        paper.content, media_type="application/pdf", headers={"Content-Disposition": disposition(paper.name, "inline")}
    )


@router.get("/api/dossiers/{dossier_id}/papers")
def list_papers(conn: Connection, _account: SignedIn, dossier_id: UUID) -> schemas.Papers:
    """What can be printed now: papers that events of the dossier have called for, and extracts of its parcels."""
    return service.printable(conn, dossier_id)


@router.get("/api/dossiers/{dossier_id}/papers/{form}.pdf", response_class=Response, responses=A_PDF)
def read_paper(
    conn: Connection,
    _account: SignedIn,
    press: At,
    dossier_id: UUID,
    form: schemas.Form,
    event: schemas.Revision = None,
) -> Response:
    """A form of TT 03/2025/TT-VPCP, filled in: as it was issued, or as it would be now. 06 and 07 are for officers."""
    return _pdf(service.printed(conn, press, dossier_id, form, event))


@router.get("/api/dossiers/{dossier_id}/extract.pdf", response_class=Response, responses=A_PDF)
def read_extract(
    request: Request,
    conn: Connection,
    _account: SignedIn,
    press: At,
    dossier_id: UUID,
    parcel: schemas.ParcelName,
    at: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """The draft of a cadastral extract of one of the dossier's parcels; without `at` in the present state, or the last in which it was there."""
    return _pdf(service.extract_of(conn, request.app.state.crs, press, dossier_id, parcel, at))


@router.get("/api/papers/log-book.pdf", response_class=Response, responses=A_PDF)
def read_log_book(
    conn: Connection, _account: Officer, press: At, unit: schemas.UnitCode, since: date, until: date
) -> Response:
    """Form 07: what the counter of a unit received from one day to another, both included."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), HANOI)

    return _pdf(service.log_book(conn, press, unit, midnight(since), midnight(until)))
