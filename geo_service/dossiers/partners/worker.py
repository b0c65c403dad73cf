"""The worker of the queues: a lane for each partner, the inbox, and an ear on the database so that nothing waits for a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from geo_service.dossiers.partners.config import Code
from geo_service.dossiers.partners.inbox import Inbox
from geo_service.dossiers.partners.outbox import Lane, Pool
from geo_service.personal.vault import Vault
from geo_service.settings import Settings

log = structlog.get_logger(__name__)

CONNECTIONS = 4
AGAIN_AFTER = 2.0  # s after the database was lost


async def work(url: str, settings: Settings) -> None:
    """Send and hear until cancelled, as the owner of the database at `url`. A lost database is waited for, and nothing else ends it either."""
    while True:
        try:
            await _work(url, settings)
        except* (psycopg.Error, PoolTimeout) as errors:
            log.warning("the partners' worker lost the database; trying again", error=str(errors.exceptions[0]))
        except* Exception:
            log.exception("the partners' worker broke; starting again")
        await asyncio.sleep(AGAIN_AFTER)


async def _work(url: str, settings: Settings) -> None:
    book, signer, vault = settings.partner_book(), settings.partner_signer(), Vault(settings.personal_secret())
    pool: Pool = AsyncConnectionPool(
        url,
        kwargs={"autocommit": True, "row_factory": dict_row},
        min_size=1,
        max_size=CONNECTIONS,
        timeout=10,
        open=False,
        check=AsyncConnectionPool.check_connection,
        name="partners",
    )
    async with pool:
        inbox = Inbox(book, settings.partner_name, pool)
        lanes = {code: Lane(code, partner, pool, signer, vault) for code, partner in book.items()}
        async with asyncio.TaskGroup() as group:
            group.create_task(_listen(url, lanes, inbox))
            group.create_task(inbox.run())
            for lane in lanes.values():
                group.create_task(lane.run())


async def _listen(url: str, lanes: Mapping[Code, Lane], inbox: Inbox) -> None:
    """Wake whoever a notice is for. Raises psycopg.Error when the connection is lost."""
    async with await AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute("LISTEN partners")
        async for notice in conn.notifies():
            if notice.payload == "inbox":
                inbox.wake.set()
            elif notice.payload == "money":
                inbox.money_came()
            for code, lane in lanes.items():
                if code == notice.payload:
                    lane.wake.set()
