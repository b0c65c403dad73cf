"""Routes of papers. A file travels as the body itself; what it is and who may see it is decided in `sniff`, `service` and the database."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from geo_service.accounts.guards import csrf_guard
from geo_service.deps import Connection, SignedIn
from geo_service.dossiers.documents import schemas, service, sniff
from geo_service.dossiers.documents.access import REFUSED, SIGNED_IN, acting
from geo_service.dossiers.documents.store import FileStore, Received
from geo_service.rights.schemas import refusals
from geo_service.settings import Settings
from layers.errors import Malformed

router = APIRouter(tags=["documents"], dependencies=[Depends(csrf_guard)])
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For what people have handed in: opened in a browser it runs nothing and belongs to no site."""
WIDTHS = (200, 400, 800, 1_200, 1_600, 2_000)
ANY_BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
A_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
A_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}}}
}


def files_of(request: Request) -> FileStore:
    store: FileStore = request.app.state.files
    return store


def limit_of(request: Request) -> int:
    settings: Settings = request.app.state.settings
    return int(settings.document_limit)


Files = Annotated[FileStore, Depends(files_of)]
Limit = Annotated[int, Depends(limit_of)]


@router.post(
    "/api/dossiers/{dossier_id}/documents",
    status_code=201,
    responses={**REFUSED, **refusals(400, 408, 409, 413)},
    openapi_extra=SIGNED_IN | ANY_BYTES,
)
async def hand_in(
    request: Request,
    files: Files,
    limit: Limit,
    dossier_id: UUID,
    type: schemas.PaperType,  # noqa: A002  (its name in the address)
    name: schemas.FileName,
    kind: schemas.Kind = 2,
) -> schemas.Document:
    """Hand in a paper: the body is the file as it is (PDF, JPEG, PNG, TIFF or WebP), not a form. The same type again is its next version."""

    def check() -> None:
        with acting(request) as access:
            service.check_open(access.conn, dossier_id)

    def keep(received: Received) -> schemas.Document:
        data = received.content()
        looked = sniff.examine(data, name, request.headers.get("content-type"))
        files.keep(data, received.sha256)
        with acting(request) as access:
            return service.attach(access.conn, dossier_id, type, kind, looked, received.size, received.sha256)

    await run_in_threadpool(check)
    try:
        received = await files.receive(request.stream(), limit)
    except ClientDisconnect:
        raise Malformed("cut-off", "The file did not arrive whole.", "Tệp không được gửi đến đầy đủ.") from None
    with received:
        return await run_in_threadpool(keep, received)


@router.get("/api/dossiers/{dossier_id}/documents")
def list_documents(conn: Connection, _account: SignedIn, limit: Limit, dossier_id: UUID) -> schemas.Documents:
    """Papers of a dossier, and what its procedure asks for: attached, held by us, reusable from an earlier dossier, or missing."""
    return service.listed(conn, dossier_id, limit)


@router.post("/api/dossiers/{dossier_id}/documents/reuse", status_code=201, responses=refusals(409))
def reuse_document(conn: Connection, _account: SignedIn, dossier_id: UUID, body: schemas.ReuseIn) -> schemas.Document:
    """Take over a paper that the same applicant handed in with an earlier dossier."""
    return service.reuse(conn, dossier_id, body.document)


@router.get(
    "/api/documents/{document_id}",
    response_class=Response,
    responses={**A_FILE, **REFUSED},
    openapi_extra=SIGNED_IN,
)
def read_document(request: Request, files: Files, document_id: schemas.DocumentId) -> Response:
    """A paper as it was handed in, to save. Its bytes are hashed again first. Officers' reading is logged."""
    with acting(request) as access:
        found = service.find(access, document_id, how="file")
    headers = {"Content-Disposition": service.disposition(found.name), "Content-Security-Policy": SANDBOX}
    return Response(files.read(found.sha256), media_type=found.media_type, headers=headers)


def picture_of(files: FileStore, sha256: bytes, page: int, width: int, **headers: str) -> Response:
    """A page of a stored file as WebP, at the next of WIDTHS; drawn once, kept under the file's hash."""
    wide = next(one for one in WIDTHS if one >= width)
    shown = files.preview(sha256, f"{page}-{wide}.webp", lambda: sniff.picture(files.read(sha256), page, wide))
    return Response(shown, media_type="image/webp", headers={"Content-Security-Policy": SANDBOX, **headers})


@router.get(
    "/api/documents/{document_id}/preview",
    response_class=Response,
    responses={**A_PICTURE, **REFUSED},
    openapi_extra=SIGNED_IN,
)
def preview_document(
    request: Request,
    files: Files,
    document_id: schemas.DocumentId,
    page: schemas.PageNumber = 1,
    width: schemas.Width = 800,
) -> Response:
    """A page of a paper as a picture (WebP) without anything the original says of place, camera or author."""
    with acting(request) as access:
        found = service.find(access, document_id, how=f"page {page}")
    return picture_of(files, found.sha256, page, width)


@router.delete("/api/documents/{document_id}", status_code=204, responses=refusals(409))
def remove_document(conn: Connection, _account: SignedIn, document_id: schemas.DocumentId) -> None:
    """Take a paper back while the step allows; that it was there stays on record."""
    service.detach(conn, document_id)
