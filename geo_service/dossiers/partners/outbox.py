"""Sending what waits: a lane for each partner, so that one that fails or hangs never slows another.

The order of a dossier's messages, who may take one, and the breaker are the database's (sql/functions.sql). A lane takes as many as it may have on
the way, posts them at once, and notes what came of each. Killed at any moment it leaves messages on a lease; whoever takes them next signs them anew
under the same `jti`, by which the partner knows what it has already.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from geo_service.dossiers.partners.config import Code, Partner
from geo_service.dossiers.partners.signing import Signer
from geo_service.dossiers.partners.transport import Answer, client_for, post
from geo_service.personal.vault import SealBrokenError, Vault

log = structlog.get_logger(__name__)

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
GRACE = 3.0  # s that messages on the way get at a clean stop
LOOK_EVERY = 5.0  # s, should a notice have been missed
PERSONAL: dict[tuple[str, str], tuple[str, ...]] = {
    ("tax", "slip"): ("name", "identity"),
    ("notification", "message"): ("phone",),
}
"""What of the applicant goes along, unsealed as it is sent and kept nowhere: only to who needs it for this."""

CLAIM = "SELECT * FROM dossier.claim(%s, %s, %s)"
DUE = "SELECT dossier.next_due(%s) - clock_timestamp() AS wait"
SENT = "SELECT dossier.message_sent(%s, %s)"
FAILED = "SELECT dossier.message_failed(%s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Message:
    """One that was taken."""

    id: int
    key: UUID
    kind: str
    dossier_id: UUID | None
    code: str | None
    body: dict[str, Any]
    tries: int


def pause_after(partner: Partner, tries: int, chance: float) -> float | None:
    """Seconds until the next try when `tries` have failed (1…), doubled each time; None when there is none. `chance` in 0…1 spreads the second half
    of it, so that what failed together does not come back together."""
    if tries >= partner.tries:
        return None
    whole = min(partner.longest_pause_s, partner.first_pause_s * 2.0 ** min(tries - 1, 40))
    return whole * (0.5 + 0.5 * chance)


class Lane:
    """Sends what waits for one partner, until cancelled. Raises psycopg.Error when the database is lost."""

    def __init__(self, code: Code, partner: Partner, pool: Pool, signer: Signer, vault: Vault) -> None:
        self.code = code
        self.partner = partner
        self.wake = asyncio.Event()
        self._pool = pool
        self._signer = signer
        self._vault = vault
        self._underway: dict[asyncio.Task[None], int] = {}

    async def run(self) -> None:
        async with client_for(self.partner) as client, asyncio.TaskGroup() as group:
            try:
                while True:
                    self.wake.clear()
                    free = self.partner.at_once - len(self._underway)
                    taken = await self._claim(free) if free else []
                    for message in taken:
                        task = group.create_task(self._deliver(client, message))
                        self._underway[task] = message.id
                        task.add_done_callback(self._done)
                    await self._wait(LOOK_EVERY if len(taken) == free else await self._until_due())
            except asyncio.CancelledError:
                await self._wind_up()
                raise

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._underway[task]
        self.wake.set()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            return

    async def _wind_up(self) -> None:
        """Let what is on the way arrive, and give the rest back for whoever works next."""
        if self._underway:
            await asyncio.wait(list(self._underway), timeout=GRACE)
        if left := list(self._underway.values()):
            with suppress(psycopg.Error, PoolTimeout):  # then the lease runs out by itself
                async with self._pool.connection(timeout=2) as conn:
                    await conn.execute("SELECT dossier.let_go(%s)", (left,))

    async def _claim(self, most: int) -> list[Message]:
        async with self._pool.connection() as conn:
            lease = timedelta(seconds=self.partner.lease_s)
            rows = await (await conn.execute(CLAIM, (self.code, most, lease))).fetchall()
        return [Message(**row) for row in rows]

    async def _until_due(self) -> float:
        async with self._pool.connection() as conn:
            row = await (await conn.execute(DUE, (self.code,))).fetchone()
        if row is None or row["wait"] is None:
            return LOOK_EVERY
        wait: timedelta = row["wait"]
        return min(max(wait.total_seconds(), 0.01), LOOK_EVERY)

    async def _deliver(self, client: httpx.AsyncClient, message: Message) -> None:
        answer = await self._try(client, message)
        async with self._pool.connection() as conn:
            if answer.outcome == "sent":
                await conn.execute(SENT, (message.id, Jsonb(answer.body)))
            else:
                await conn.execute(FAILED, self._failure(message, answer))

    async def _try(self, client: httpx.AsyncClient, message: Message) -> Answer:
        data = message.body | await self._personal(message)
        audience = self.partner.name or self.code
        try:
            token = self._signer.sign(audience, str(message.key), message.kind, message.code, data)
            return await post(client, self.partner, token)
        except Exception as error:
            log.exception("a message cannot be sent", partner=self.code, message=message.id)
            return Answer("refused", {}, f"failed: {type(error).__name__}")

    def _failure(self, message: Message, answer: Answer) -> tuple[Any, ...]:
        down = answer.outcome == "down"
        seconds = pause_after(self.partner, message.tries + 1, random.random()) if down else None  # noqa: S311
        error = answer.error
        if down and seconds is None:
            error = f"partner-silent: {error}"
        if seconds is None:
            log.warning("a message is dead", partner=self.code, message=message.id, error=error)
        pause = None if seconds is None else timedelta(seconds=max(seconds, answer.wait_s))
        first, longest = (timedelta(seconds=s) for s in (self.partner.first_open_s, self.partner.longest_open_s))
        return message.id, error, pause, down, self.partner.opens_after, first, longest

    async def _personal(self, message: Message) -> dict[str, Any]:
        """What of the applicant this partner needs for this kind of message."""
        names = PERSONAL.get((self.code, message.kind))
        if not names or message.dossier_id is None:
            return {}
        async with self._pool.connection() as conn:
            row = await (
                await conn.execute("SELECT * FROM dossier.applicant WHERE dossier_id = %s", (message.dossier_id,))
            ).fetchone()
        if row is None:
            return {}
        person: dict[str, str] = {}
        for name in names:
            if (sealed := row[f"{name}_sealed"]) is not None:
                try:
                    person[name] = self._vault.open(sealed, f"dossier.{name}:{message.dossier_id}")
                except SealBrokenError:
                    log.warning("a sealed value does not open", partner=self.code, message=message.id, field=name)
        return {"person": person} if person else {}
