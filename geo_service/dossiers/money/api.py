"""Routes of payments. Who may pay is decided in the database: the applicant, or the counter that received the dossier."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection, SignedIn
from geo_service.dossiers.money import service
from geo_service.dossiers.money.schemas import Payment, Payments, PayPage, ReceiptIn
from geo_service.rights.schemas import refusals
from layers.errors import Busy

router = APIRouter(tags=["dossiers"], dependencies=[Depends(csrf_guard)])
RECEPTION = Depends(require("desk.reception"))


@router.get("/api/dossiers/{dossier_id}/payments", responses=refusals(401, 404))
def list_payments(conn: Connection, _account: SignedIn, dossier_id: UUID) -> Payments:
    """What is and was to be paid for a dossier, for who may see it."""
    items = [Payment.model_validate(row) for row in service.payments(conn, dossier_id)]
    return Payments(items=items, open_total=sum(item.amount for item in items if item.status in ("due", "pending")))


@router.post("/api/dossiers/{dossier_id}/payments/{payment_id}/pay", responses=refusals(401, 403, 404, 409, 503))
def pay(request: Request, conn: Connection, _account: SignedIn, dossier_id: UUID, payment_id: UUID) -> PayPage:
    """Pay online: the address of the payment partner's page, the same when asked again. The partner hears of the order at once, or when it is back."""
    partner = request.app.state.settings.partner_book().get("payment")
    if partner is None:
        raise Busy(
            "no-payment-partner",
            "Online payment is not set up here; pay at the counter.",
            "Chưa cấu hình thanh toán trực tuyến; vui lòng nộp tại quầy.",
        )
    return PayPage(address=partner.pay_page(service.order(conn, dossier_id, payment_id)))


@router.post("/api/dossiers/{dossier_id}/payments/{payment_id}/counter", responses=refusals(401, 403, 404, 409, 422))
def pay_at_counter(
    conn: Connection,
    dossier_id: UUID,
    payment_id: UUID,
    body: ReceiptIn,
    _account: Account = RECEPTION,
) -> Payment:
    """A fee was paid at the counter."""
    return Payment.model_validate(service.pay_at_counter(conn, dossier_id, payment_id, body.receipt))
