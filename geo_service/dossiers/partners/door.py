"""Where partners hand in what they have to say. A message is believed for its signature alone: no session, no cookie, and so nothing to forge."""

from __future__ import annotations

from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, Path, Request
from psycopg.rows import DictRow

from geo_service.dossiers.partners.config import Code
from geo_service.dossiers.partners.schemas import Taken
from geo_service.dossiers.partners.signing import LONGEST, MEDIA_TYPE, Claims, Refused, read, verify
from geo_service.dossiers.partners.words import REFUSALS
from geo_service.rights.schemas import refusals
from geo_service.settings import Settings
from layers.errors import Forbidden, Malformed, NotFound, Problem, Stale, TooLarge

router = APIRouter(tags=["partners"])
BODY = {
    "requestBody": {
        "required": True,
        "description": "One compact JWS (RFC 7515), Ed25519",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "maxLength": LONGEST}}},
    }
}


async def handed_in(request: Request) -> str:
    """The body, as far as a message may be long. Raises TooLarge, Malformed."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LONGEST:
            raise TooLarge("too-large", "A message has at most 64 KiB.", "Thông điệp không quá 64 KiB.")
    try:
        return content.decode("ascii").strip()
    except UnicodeDecodeError:
        raise _problem("unreadable") from None


@router.post(
    "/api/partners/{partner}/messages",
    status_code=202,
    responses=refusals(403, 404, 409, 413, 422),
    openapi_extra=BODY,
)
def hand_in(
    request: Request,
    partner: Annotated[Code, Path(description="Who the partner is to us")],
    token: Annotated[str, Depends(handed_in)],
) -> Taken:
    """Take a signed message from a partner; what it changes is done afterwards. The same message again gets the same answer."""
    settings: Settings = request.app.state.settings
    known = settings.partner_book().get(partner)
    if known is None:
        raise NotFound("no-such-partner", "No such partner is configured.", "Chưa cấu hình đối tác này.")
    with request.app.state.gate_pool.connection() as conn:
        try:
            claims = verify(token, known.keys, issuer=known.name or partner, audience=settings.partner_name)
            return Taken(message=claims.jti, new=_keep(conn, partner, claims, token))
        except Refused as refused:
            conn.execute("SELECT dossier.turn_away(%s, %s)", (partner, refused.slug))
            problem = _problem(refused.slug)
    raise problem


def _keep(conn: psycopg.Connection[DictRow], partner: Code, claims: Claims, token: str) -> bool:
    """Put a message into the inbox; whether it is a new one. Raises Refused: message-differs."""
    row = conn.execute("SELECT * FROM dossier.take_in(%s, %s, %s)", (partner, claims.jti, token)).fetchone()
    assert row is not None
    if not row["is_new"] and read(row["token"]).says() != claims.says():
        raise Refused("message-differs")
    return bool(row["is_new"])


def _problem(slug: str) -> Problem:
    words = REFUSALS[slug]
    kind: type[Problem] = {"unreadable": Malformed, "message-differs": Stale}.get(slug, Forbidden)
    return kind(slug, words.en, words.vi)
