"""What simulated partners answer, and the ways in which they can be told to misbehave. Pure: a message in, answers out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_service.dossiers.money.fees import fees
from geo_service.dossiers.partners.config import Code
from geo_service.dossiers.partners.signing import Claims

Mode = Literal[
    "well",
    "prompt",
    "fail",
    "refuse",
    "hang",
    "forget",
    "twice",
    "late",
    "never",
    "wrongly_signed",
    "wrong_amount",
]
"""`prompt`: pays at once. `fail`: 500. `refuse`: 422. `hang`: no answer, nothing taken. `forget`: taken, and yet 500. `twice`: every answer again, as it is
and under another identity. `late`, `never`, `wrongly_signed`, `wrong_amount`: of its own messages to us."""

TAXES = {
    "fees": [
        {
            "code": "le_phi_truoc_ba",
            "kind": "tax",
            "channel": "any",
            "name_vi": "Lệ phí trước bạ nhà đất",
            "name_en": "Registration charge on land and houses",
            "rule": "percent_of_price",
            "percent": "0.5",
        },
        {
            "code": "thue_tncn",
            "kind": "tax",
            "channel": "any",
            "name_vi": "Thuế thu nhập cá nhân",
            "name_en": "Personal income tax",
            "rule": "percent_of_price",
            "percent": "2",
            "exempt": [{"field": "relation", "values": ["spouse", "parent_child", "sibling", "grandparent"]}],
        },
    ]
}
"""What the simulated tax office takes. It stands for a reckoning that is the tax office's own; the service knows nothing of it."""
WITHOUT_PRICE = 1_250_000  # đồng, where the slip names no price
DAYS_TO_PAY = 30


class Behaviour(BaseModel):
    """How a partner is to behave, for the next `times` messages (None: from now on). `seconds`: how late, or how long it hangs."""

    model_config = ConfigDict(extra="forbid")

    partner: Code
    mode: Mode
    seconds: Annotated[float, Field(ge=0, le=86_400)] = 5
    times: Annotated[int | None, Field(ge=1)] = None


@dataclass(frozen=True)
class Answer:
    """A message of the partner's own, to be sent `after` seconds; `forged`: under a key that is not the partner's. `copies`: how often under the same
    identity."""

    kind: str
    dossier: str | None
    data: dict[str, Any]
    after: float = 0.0
    forged: bool = False
    copies: int = 1


def answers(partner: Code, claims: Claims, behaviour: Behaviour, answer_after: float, due_on: str) -> list[Answer]:
    """What a partner says to a message it takes for the first time."""
    match partner, claims.kind:
        case "tax", "slip":
            return misbehaving(Answer("notice", claims.dossier, notice(claims.data, due_on), answer_after), behaviour)
        case "payment", "order":
            return paid(claims.jti, claims.dossier, claims.data, behaviour) if behaviour.mode == "prompt" else []
        case ("portal", "status") | ("notification", "message"):
            return misbehaving(Answer("receipt", claims.dossier, {"of": claims.jti, "state": "delivered"}), behaviour)
    return []


def notice(slip: dict[str, Any], due_on: str) -> dict[str, Any]:
    """A tax notice for a slip."""
    form = slip.get("form") if isinstance(slip.get("form"), dict) else {}
    found = fees(TAXES, 1, form or {})
    known = [(fee, fee.amount) for fee in found if fee.amount is not None] or [(found[0], WITHOUT_PRICE)]
    amounts = [
        {"code": fee.code, "name_vi": fee.name_vi, "name_en": fee.name_en, "amount": amount} for fee, amount in known
    ]
    return {"amounts": amounts, "total": sum(amount for _, amount in known), "due_on": due_on}


def paid(order: str, dossier: str | None, data: dict[str, Any], behaviour: Behaviour) -> list[Answer]:
    """What the payment partner says of an order that was paid."""
    content = {"payment": data["payment"], "amount": data["amount"], "reference": f"SIM-{order[:18].upper()}"}
    return misbehaving(Answer("paid", dossier, content), behaviour)


def misbehaving(answer: Answer, behaviour: Behaviour) -> list[Answer]:
    """The answer as the behaviour bends it."""
    match behaviour.mode:
        case "never":
            return []
        case "late":
            return [Answer(answer.kind, answer.dossier, answer.data, behaviour.seconds)]
        case "twice":
            again = Answer(answer.kind, answer.dossier, answer.data, answer.after)
            return [Answer(answer.kind, answer.dossier, answer.data, answer.after, copies=2), again]
        case "wrongly_signed":
            return [Answer(answer.kind, answer.dossier, answer.data, answer.after, forged=True)]
        case "wrong_amount":
            return [Answer(answer.kind, answer.dossier, wrong_amount(answer.data), answer.after)]
    return [answer]


def wrong_amount(data: dict[str, Any]) -> dict[str, Any]:
    """The same with an amount that cannot be right: a tenth less."""
    if "total" in data:
        return data | {"total": data["total"] + 1}
    if "amount" in data:
        less = (Decimal(data["amount"]) * Decimal("0.9")).quantize(Decimal(1), ROUND_HALF_UP)
        return data | {"amount": int(less)}
    return data
