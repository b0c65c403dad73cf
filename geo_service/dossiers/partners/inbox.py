"""Acting on what partners said: each message in one transaction, together with the mark that it was acted on.

The signature is checked again, as of the moment the message came: what lies in the table is believed no more than what comes over the net. A message
that changes nothing, or that a person has to look at, is marked with a word (`words`), never thrown away.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo_service.dossiers.partners.config import Book, Code
from geo_service.dossiers.partners.outbox import LOOK_EVERY, Pool
from geo_service.dossiers.partners.signing import Claims, Refused, verify
from geo_service.dossiers.partners.words import REMARKS
from layers.fabric.intents import NO_NUL

log = structlog.get_logger(__name__)

Conn = AsyncConnection[DictRow]
TOGETHER = 20  # receipts in one transaction
MOVING: tuple[Code, ...] = ("tax", "payment")
ROUND = 60.0  # s between looks for dossiers that are paid for and stand still
TRIES = 12
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 600.0  # s
PASSING = ("40001", "40P01", "55P03", "57014", "53300", "GD002")  # another try may well succeed

NEXT = """
    SELECT id, partner, message, token, came_at, tries FROM dossier.inbox
    WHERE state = 'waiting' AND next_at <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
MARK = """
    UPDATE dossier.inbox SET state = %(state)s, error = %(error)s, tries = tries + 1, next_at = clock_timestamp() + %(pause)s,
        done_at = CASE WHEN %(state)s = 'done' THEN clock_timestamp() END WHERE id = %(id)s
"""
DUE = "SELECT min(next_at) - clock_timestamp() AS wait FROM dossier.inbox WHERE state = 'waiting'"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Amount(_Data):
    """One tax or charge, in đồng."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name_vi: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    name_en: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    amount: Annotated[int, Field(strict=True, ge=0, le=10**15)]


class Notice(_Data):
    """What the tax office says is to be paid. `total`: the sum of the amounts, said once more."""

    amounts: Annotated[list[Amount], Field(min_length=1, max_length=20)]
    total: Annotated[int, Field(strict=True, ge=0, le=10**16)]
    due_on: date | None = None


class Paid(_Data):
    """What the payment partner says it took."""

    payment: UUID
    amount: Annotated[int, Field(strict=True, ge=0, le=10**15)]
    reference: Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]


class Receipt(_Data):
    """What a partner says it did with one of our messages."""

    of: UUID
    state: Literal["taken", "delivered", "failed"] = "taken"
    note: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""


async def _notice(conn: Conn, partner: str, claims: Claims) -> str:  # noqa: ARG001
    notice = Notice.model_validate(claims.data)
    if len({one.code for one in notice.amounts}) < len(notice.amounts):
        return "data-unreadable"
    if sum(one.amount for one in notice.amounts) != notice.total:
        return "sum-differs"
    amounts = Jsonb([one.model_dump() for one in notice.amounts])
    return await _ask(
        conn, "SELECT dossier.on_notice(%s, %s, %s, %s) AS said", claims.jti, claims.dossier, amounts, notice.due_on
    )


async def _paid(conn: Conn, partner: str, claims: Claims) -> str:  # noqa: ARG001
    paid = Paid.model_validate(claims.data)
    return await _ask(
        conn,
        "SELECT dossier.on_paid(%s, %s, %s, %s, %s) AS said",
        claims.jti,
        claims.dossier,
        paid.payment,
        paid.amount,
        paid.reference,
    )


async def _receipt(conn: Conn, partner: str, claims: Claims) -> str:
    receipt = Receipt.model_validate(claims.data)
    said = Jsonb({"state": receipt.state, "note": receipt.note})
    return await _ask(conn, "SELECT dossier.on_receipt(%s, %s, %s, %s) AS said", partner, claims.jti, receipt.of, said)


ACTS: dict[tuple[Code, str], Callable[[Conn, str, Claims], Awaitable[str]]] = {
    ("tax", "notice"): _notice,
    ("tax", "receipt"): _receipt,
    ("payment", "paid"): _paid,
    ("payment", "receipt"): _receipt,
    ("portal", "receipt"): _receipt,
    ("notification", "receipt"): _receipt,
}


async def _ask(conn: Conn, statement: LiteralString, *values: Any) -> str:
    row = await (await conn.execute(statement, values)).fetchone()
    assert row is not None
    return str(row["said"])


class Inbox:
    """Works through what came in, in the order it came, until cancelled. Raises psycopg.Error when the database is lost."""

    def __init__(self, book: Book, our_name: str, pool: Pool) -> None:
        self.wake = asyncio.Event()
        self._book = book
        self._us = our_name
        self._pool = pool
        self._next_round = 0.0

    async def run(self) -> None:
        while True:
            self.wake.clear()
            while await self._some():
                pass
            if time.monotonic() >= self._next_round:
                await self._round()
                self._next_round = time.monotonic() + ROUND
            await self._wait()

    def money_came(self) -> None:
        """Something was paid at a counter: look at once whether a dossier can go on."""
        self._next_round = 0.0
        self.wake.set()

    async def _wait(self) -> None:
        async with self._pool.connection() as conn:
            row = await (await conn.execute(DUE)).fetchone()
        seconds = row["wait"].total_seconds() if row and row["wait"] is not None else LOOK_EVERY
        try:
            async with asyncio.timeout(min(max(seconds, 0.01), LOOK_EVERY)):
                await self.wake.wait()
        except TimeoutError:
            return

    async def _some(self) -> bool:
        """Act on the next messages; False when no more is due. One that moves a dossier ends the transaction: the feed is locked from there on."""
        async with self._pool.connection() as conn, conn.transaction():
            for _ in range(TOGETHER):
                row = await (await conn.execute(NEXT)).fetchone()
                if row is None:
                    return False
                await conn.execute(MARK, {"id": row["id"]} | await self._outcome(conn, row))
                if row["partner"] in MOVING:
                    return True
        return True

    async def _outcome(self, conn: Conn, row: DictRow) -> dict[str, Any]:
        """What to mark a message with. What its act did to the database is undone unless the act ended well."""
        try:
            async with conn.transaction():
                said = await self._act(conn, row)
        except psycopg.Error as error:
            if conn.broken:
                raise
            text = f"{error.sqlstate or ''} {error.diag.message_primary or type(error).__name__}".strip()
            return self._trouble(row, error.sqlstate or "", text)
        except Exception as error:
            log.exception("a partner's message breaks the worker", message=row["id"])
            return self._trouble(row, "", type(error).__name__)
        if said == "done":
            return {"state": "done", "error": None, "pause": timedelta()}
        if said in REMARKS:
            return {"state": "done", "error": said, "pause": timedelta()}
        log.warning("a partner's message needs a person", partner=row["partner"], message=row["message"], why=said)
        return {"state": "dead", "error": said, "pause": timedelta()}

    async def _act(self, conn: Conn, row: DictRow) -> str:
        code: Code = row["partner"]
        partner = self._book.get(code)
        try:
            if partner is None:
                return "no-longer-believed"
            claims = verify(
                row["token"],
                partner.keys,
                issuer=partner.name or code,
                audience=self._us,
                now=row["came_at"].timestamp(),
            )
        except Refused:
            return "no-longer-believed"
        act = ACTS.get((code, claims.kind))
        if act is None:
            return "kind-unknown"
        try:
            said = await act(conn, code, claims)
        except ValidationError:
            return "data-unreadable"
        if (code, claims.kind, said) == ("tax", "notice", "done"):
            self.money_came()  # nothing to pay: the dossier goes on at once
        return said

    def _trouble(self, row: DictRow, state: str, text: str) -> dict[str, Any]:
        if state.startswith("GD") and state not in PASSING:
            return {"state": "dead", "error": f"refused-by-rules: {text}", "pause": timedelta()}
        if row["tries"] + 1 >= TRIES:
            log.error("a partner's message cannot be worked through", message=row["id"], error=text)
            return {"state": "dead", "error": f"failed: {text}", "pause": timedelta()}
        log.warning("a partner's message is tried again", message=row["id"], error=text)
        seconds = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** row["tries"]) * (0.5 + 0.5 * random.random())  # noqa: S311
        return {"state": "waiting", "error": text, "pause": timedelta(seconds=seconds)}

    async def _round(self) -> None:
        """Dossiers that stand still until they are paid for, and are: those that could not go on when the money came, or were paid at a counter."""
        async with self._pool.connection() as conn:
            rows = await (await conn.execute("SELECT dossier.settled() AS id")).fetchall()
            for row in rows:
                try:
                    async with conn.transaction():
                        await conn.execute("SELECT dossier.settle(%s)", (row["id"],))
                except psycopg.Error as error:
                    if conn.broken:
                        raise
                    log.warning(
                        "a dossier that is paid for does not go on", dossier=str(row["id"]), sqlstate=error.sqlstate
                    )
