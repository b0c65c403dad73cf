"""The simulated partners' web service: `/{partner}/messages` and `/{partner}/log` as real partners have them, a page to pay on, and a lever."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from geo_service.dossiers.partners.config import Code
from geo_service.dossiers.partners.reconciliation import HANOI
from geo_service.dossiers.partners.signing import LONGEST, Claims, Refused, Signer, verify
from geo_service.dossiers.partners.simulators.behaviour import DAYS_TO_PAY, Behaviour, answers, paid
from geo_service.dossiers.partners.simulators.page import POLICY, render
from geo_service.dossiers.partners.simulators.sender import Sender
from geo_service.dossiers.partners.simulators.store import LOG_PAGE, Store

router = APIRouter()


@dataclass(frozen=True)
class Office:
    """What the partners share: books, keys, the service they believe."""

    store: Store
    signers: dict[Code, Signer]
    service_name: str
    service_key: str
    answer_after: float

    def believed(self, token: str, partner: Code) -> Claims:
        """A message of the service's. Raises Refused."""
        return verify(token, [self.service_key], issuer=self.service_name, audience=self.signers[partner].name)


def create_simulators(
    folder: Path, signers: dict[Code, Signer], *, service: str, service_name: str, service_key: str, answer_after: float
) -> FastAPI:
    """The four partners. They talk to the service at `service`, believe what `service_key` signs, and keep their books in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(folder / "partners.sqlite")
        app.state.office = Office(store, signers, service_name, service_key, answer_after)
        with contextlib.closing(store), Sender(store, service, service_name, signers):
            yield

    app = FastAPI(title="Simulated partners", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    return app


def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


def _refusal(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)


@router.get("/health")
def health(request: Request) -> dict[str, Any]:
    """That it answers, and what each partner has taken and said."""
    return {"simulated": True, "partners": _office(request).store.state()}


@router.post("/misbehave", status_code=204)
def misbehave(request: Request, body: Behaviour) -> None:
    """Behave like this from now on, or for so many messages."""
    _office(request).store.behave(body)


@router.post("/{partner}/messages")
async def take(request: Request, partner: Code) -> Response:
    """Take a message."""
    office = _office(request)
    token = (await request.body())[:LONGEST].decode("ascii", "replace")
    behaviour = await run_in_threadpool(office.store.behaviour, partner)
    if behaviour.mode == "hang":
        await asyncio.sleep(behaviour.seconds)
        return _refusal(503, "hang")
    if behaviour.mode in ("fail", "refuse"):
        return _refusal(500 if behaviour.mode == "fail" else 422, behaviour.mode)
    try:
        claims = office.believed(token, partner)
    except Refused as refused:
        return _refusal(403, refused.slug)
    due_on = (datetime.now(HANOI).date() + timedelta(days=DAYS_TO_PAY)).isoformat()
    promised = answers(partner, claims, behaviour, office.answer_after, due_on)
    new = await run_in_threadpool(office.store.take, partner, claims, promised)
    if behaviour.mode == "prompt" and claims.kind == "order":
        await run_in_threadpool(office.store.pay, claims.jti, [])
    if behaviour.mode == "forget":
        return _refusal(500, "forget")
    return JSONResponse({"message": claims.jti, "new": new}, 202)


@router.get("/{partner}/log")
def log(
    request: Request,
    partner: Code,
    since: datetime,
    until: datetime | None = None,
    after: Annotated[int, Query(ge=0)] = 0,
    authorization: Annotated[str, Header()] = "",
) -> Response:
    """What was taken and said, for who can sign the question."""
    office = _office(request)
    try:
        office.believed(authorization.removeprefix("Bearer "), partner)
    except Refused as refused:
        return _refusal(403, refused.slug)
    until = until or datetime.now(UTC)
    rows = office.store.log(partner, since.timestamp(), until.timestamp(), after)
    items = [
        {name: row[name] for name in ("jti", "direction", "kind", "dossier")}
        | {"at": datetime.fromtimestamp(row["at"], UTC).isoformat()}
        for row in rows[:LOG_PAGE]
    ]
    more = len(rows) > LOG_PAGE
    return JSONResponse({"items": items, "next": str(rows[LOG_PAGE - 1]["number"]) if more else None})


@router.get("/payment/pay/{key}")
def pay_page(request: Request, key: str) -> HTMLResponse:
    """The page of an order."""
    return _page(_office(request).store, key)


@router.post("/payment/pay/{key}")
def pay(request: Request, key: str) -> HTMLResponse:
    """The button was pressed."""
    store = _office(request).store
    order = store.order(key)
    if order and order["state"] == "open":
        store.pay(key, paid(key, order["dossier"], order["data"], store.behaviour("payment")))
    return _page(store, key)


def _page(store: Store, key: str) -> HTMLResponse:
    return HTMLResponse(render(store.order(key)), headers={"Content-Security-Policy": POLICY})
