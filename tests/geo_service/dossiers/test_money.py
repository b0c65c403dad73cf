"""Fees by rule, and paying them: whole đồng, data not code, only by who may."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import DictRow

from geo_service.dossiers.money.fees import CHANNELS, Fee, fees
from geo_service.dossiers.money.service import order, pay_at_counter, payments, raise_fees
from layers.errors import EditRefused, NotFound, Stale
from tests.geo_service.dossiers.partners_ground import INFORMATION, act, land, opened, read

Conn = psycopg.Connection[DictRow]


def rule(code: str, channel: str = "any", amount: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "code": code, "channel": channel, "kind": "fee", "rule": "fixed", "amount": amount, "percent": None, "name_vi": "Phí", "name_en": "Fee",
        "source": "NQ", "grade": "B",
    } | more  # fmt: skip


def amounts(found: list[Fee]) -> dict[str, int | None]:
    return {fee.code: fee.amount for fee in found}


def test_the_rule_of_the_own_channel_wins_over_the_one_for_any() -> None:
    terms = {"fees": [rule("a", amount=80_000), rule("a", "online", 0), rule("b", "counter", 28_000)]}
    assert amounts(fees(terms, 1, {})) == {"a": 80_000, "b": 28_000}
    assert amounts(fees(terms, 2, {})) == {"a": 0}
    assert amounts(fees({"fees": list(reversed(terms["fees"]))}, 2, {})) == {"a": 0}


def test_a_share_of_the_price_is_rounded_to_whole_dong_half_upwards() -> None:
    terms = {"fees": [rule("t", kind="tax", rule="percent_of_price", percent=0.5)]}
    assert amounts(fees(terms, 2, {"price": 1_000_000_100})) == {"t": 5_000_001}
    assert amounts(fees(terms, 2, {"price": "1.000.000.099"})) == {"t": 5_000_000}
    assert amounts(fees(terms, 2, {"price": 2_000_000_000.0})) == {"t": 10_000_000}
    for unreadable in (None, "", "hai tỷ", True, -5, "NaN", "1e999", [1]):
        assert amounts(fees(terms, 2, {"price": unreadable})) == {"t": None}


def test_an_exemption_is_data_and_says_its_source() -> None:
    exempt = [{"field": "relation", "values": ["spouse", "parent_child"], "source": "Miễn giữa vợ chồng"}]
    terms = {"fees": [rule("tncn", kind="tax", rule="percent_of_price", percent=2, exempt=exempt)]}
    (between_spouses,) = fees(terms, 1, {"price": 10**9, "relation": "spouse"})
    (to_a_stranger,) = fees(terms, 1, {"price": 10**9, "relation": "other"})
    assert (between_spouses.amount, between_spouses.exempt) == (0, "Miễn giữa vợ chồng")
    assert (to_a_stranger.amount, to_a_stranger.exempt) == (20_000_000, None)
    assert to_a_stranger.estimate


@given(st.integers(0, 10**15), st.sampled_from([0.5, 1, 2, 10, 100]), st.sampled_from(list(CHANNELS)))
def test_a_share_is_within_half_a_dong_of_the_exact_one(price: int, percent: float, channel: int) -> None:
    terms = {"fees": [rule("t", rule="percent_of_price", percent=percent)]}
    (fee,) = fees(terms, channel, {"price": price})
    assert fee.amount is not None
    assert abs(2 * (fee.amount * 200 - price * round(percent * 2))) <= 200


@pytest.fixture
def ground(conn: Conn) -> Conn:
    land(conn)
    return conn


def test_fees_are_raised_once_and_those_of_nothing_are_paid(ground: Conn) -> None:
    counter, online = opened(ground), opened(ground, parcel=2, channel=2)
    first = raise_fees(ground, counter["id"])
    assert raise_fees(ground, counter["id"]) == first
    assert {row["status"] for row in first} == {"due"}
    assert all(row["kind"] == "fee" and row["amount"] > 0 for row in first)
    free = {row["code"]: (row["amount"], row["status"]) for row in raise_fees(ground, online["id"])}
    assert (0, "paid") in free.values(), "NQ 77/2025/NQ-HĐND: nothing online but the appraisal"


def test_a_fee_at_the_counter_is_paid_once_and_lets_the_dossier_go_on(ground: Conn) -> None:
    dossier = opened(ground, procedure=INFORMATION)
    (fee,) = raise_fees(ground, dossier["id"])
    action = ground.execute(
        "SELECT from_step, code FROM dossier.action WHERE version_id = %s AND kind = 'ask_payment'",
        (dossier["version_id"],),
    ).fetchone()
    assert action is not None
    act(ground, dossier["id"], "accept", "begin", action["code"])
    row = pay_at_counter(ground, dossier["id"], fee["id"], "BL-0001")
    assert (row["status"], row["method"], row["reference"]) == ("paid", "counter", "BL-0001")
    with pytest.raises(Stale) as twice, ground.transaction():
        pay_at_counter(ground, dossier["id"], fee["id"], "BL-0002")
    assert twice.value.slug == "payment-settled"
    assert ground.execute("SELECT dossier.settled() AS id").fetchall() == [{"id": dossier["id"]}]
    assert ground.execute("SELECT dossier.settle(%s) AS done", (dossier["id"],)).fetchone() == {"done": True}
    assert read(ground, dossier["id"])["step"] == "checking"


def test_an_order_is_the_same_however_often_it_is_asked_for(ground: Conn) -> None:
    dossier = opened(ground)
    fee = raise_fees(ground, dossier["id"])[0]
    key = order(ground, dossier["id"], fee["id"])
    assert order(ground, dossier["id"], fee["id"]) == key
    sent = ground.execute("SELECT key, body FROM dossier.outbox WHERE kind = 'order'").fetchall()
    assert [one["key"] for one in sent] == [key]
    assert sent[0]["body"]["amount"] == fee["amount"]
    assert sent[0]["body"]["code"] == dossier["code"]
    ground.execute("UPDATE dossier.outbox SET state = 'dead' WHERE key = %s", (key,))
    again = order(ground, dossier["id"], fee["id"])
    assert again != key, "an order the partner refused is made anew"


def test_an_order_is_called_back_when_the_counter_is_paid_or_the_dossier_ends(ground: Conn) -> None:
    dossier = opened(ground)
    fees_due = raise_fees(ground, dossier["id"])
    order(ground, dossier["id"], fees_due[0]["id"])
    pay_at_counter(ground, dossier["id"], fees_due[0]["id"], "BL-1")
    other = opened(ground, parcel=2)
    due = raise_fees(ground, other["id"])
    order(ground, other["id"], due[0]["id"])
    ground.execute("SELECT dossier.cancel_payments(%s)", (other["id"],))
    assert {row["status"] for row in payments(ground, other["id"])} == {"cancelled"}
    rows = ground.execute(
        "SELECT body ->> 'payment' AS id FROM dossier.outbox WHERE kind = 'cancel' ORDER BY outbox.id"
    )
    assert [row["id"] for row in rows] == [str(fees_due[0]["id"]), str(due[0]["id"])]


def test_taxes_are_not_taken_at_the_counter_and_foreign_payments_are_none(ground: Conn) -> None:
    dossier, other = opened(ground), opened(ground, parcel=2)
    ground.execute(
        "INSERT INTO dossier.payment (dossier_id, kind, code, name_vi, name_en, amount) VALUES (%s, 'tax', 'tncn', 'Thuế', 'Tax', 5)",
        (dossier["id"],),
    )
    tax = next(row for row in payments(ground, dossier["id"]) if row["kind"] == "tax")
    with pytest.raises(EditRefused) as refused, ground.transaction():
        pay_at_counter(ground, dossier["id"], tax["id"], "BL-1")
    assert refused.value.slug == "tax-not-at-counter"
    with pytest.raises(NotFound) as none, ground.transaction():
        order(ground, other["id"], tax["id"])
    assert none.value.slug == "no-such-payment"
