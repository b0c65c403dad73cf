"""What the rules of a procedure make a person pay. Pure: terms and a form in, whole đồng out.

The rules are data (dossier.terms, from the definition or a unit's variation); nothing of a decree or a city council's resolution is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal

CHANNELS = {1: "counter", 2: "online", 3: "post"}
"""Channels as the national portal numbers them, and as the rules name them."""
PRICE = "price"
MOST = Decimal(10**15)  # đồng; nothing in the land books costs that much


@dataclass(frozen=True)
class Fee:
    """One thing to pay. `amount`: đồng; None while it hangs on a price that is not given. A `tax` is an estimate: the tax office has the last word.

    `exempt`: the source of the exemption that applies, if one does.
    """

    code: str
    kind: Literal["fee", "tax"]
    name_vi: str
    name_en: str
    amount: int | None
    source: str
    grade: str
    exempt: str | None = None

    @property
    def estimate(self) -> bool:
        return self.kind == "tax"


def fees(terms: Mapping[str, Any], channel: int, form: Mapping[str, Any]) -> list[Fee]:
    """What is to be paid under `terms` for something handed in by `channel` (1 counter, 2 online, 3 post), in the terms' order.

    Of several rules for one code the one for this very channel holds, else the one for any; a code with rules for other channels only costs
    nothing here. So "0 đ online" (NQ 77/2025/NQ-HĐND) is a row beside the counter's.
    """
    own = CHANNELS[channel]
    chosen: dict[str, Mapping[str, Any]] = {}
    for rule in terms.get("fees") or ():
        if rule["channel"] == own or (rule["channel"] == "any" and rule["code"] not in chosen):
            chosen[rule["code"]] = rule
    return [_fee(rule, form) for rule in chosen.values()]


def _fee(rule: Mapping[str, Any], form: Mapping[str, Any]) -> Fee:
    exempt = exemption(rule.get("exempt") or (), form)
    return Fee(
        code=rule["code"],
        kind=rule["kind"],
        name_vi=rule["name_vi"],
        name_en=rule["name_en"],
        amount=0 if exempt is not None else amount(rule, form),
        source=rule.get("source", ""),
        grade=rule.get("grade", "D"),
        exempt=exempt,
    )


def exemption(rules: Iterable[Mapping[str, Any]], form: Mapping[str, Any]) -> str | None:
    """The source of the first exemption whose field has one of its values (a transfer between spouses, say)."""
    return next((rule.get("source", "") for rule in rules if form.get(rule["field"]) in rule["values"]), None)


def amount(rule: Mapping[str, Any], form: Mapping[str, Any]) -> int | None:
    """Đồng, half a đồng upwards; None when a percentage has no price to be taken of."""
    if rule["rule"] == "fixed":
        return int(rule["amount"])
    price = _number(form.get(PRICE))
    if price is None:
        return None
    share = Decimal(str(rule["percent"])) / 100
    return int((price * share).quantize(Decimal(1), ROUND_HALF_UP))


def _number(value: Any) -> Decimal | None:
    """A price from a form: digits, perhaps grouped with dots or spaces as people write them ("1.250.000.000"); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value) if not isinstance(value, str) else value.replace(" ", "").replace(".", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= MOST else None
