"""What money looks like over the wire. Amounts are whole đồng; how they are written is the screen's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from layers.fabric.intents import NO_NUL


class Payment(BaseModel):
    """Something to pay. `pending`: the payment partner has been asked for a page."""

    id: UUID
    kind: Literal["fee", "tax"]
    code: str
    name_vi: str
    name_en: str
    amount: int
    status: Literal["due", "pending", "paid", "cancelled"]
    reference: str | None
    due_on: date | None
    made_at: datetime
    paid_at: datetime | None
    method: Literal["counter", "online"] | None


class Payments(BaseModel):
    """`open_total`: what is still to be paid, in đồng."""

    items: list[Payment]
    open_total: int


class PayPage(BaseModel):
    """Where the person pays: a page of the payment partner."""

    address: str


class ReceiptIn(BaseModel):
    """The number on the counter's receipt."""

    model_config = ConfigDict(extra="forbid")

    receipt: Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
