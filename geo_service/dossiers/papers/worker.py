"""Issues papers beside the jobs: what an act called for is drawn soon after it, never inside it (an act holds the head of the feed).

A paper says what held at its event, so it does not matter when it is drawn: what somebody prints before it is issued is the same, and a worker that
is killed only does it later.
"""

from __future__ import annotations

import asyncio

import psycopg
import structlog

from geo_service.dossiers.documents.store import FileStore
from geo_service.dossiers.papers.service import Press, issue
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from layers.errors import Problem

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 2.0
BATCH = 20
# Acts of the last month that called for a paper which is not kept yet; form 01 belongs to the act that started the clock.
WAITING = """
    SELECT e.dossier_id, array_agg(e.id) AS events FROM dossier.event e
    LEFT JOIN dossier.action a ON a.version_id = e.version_id AND a.from_step = e.from_step AND a.code = e.action
    WHERE e.revision > 0 AND e.at > now() - interval '1 month' AND e.to_step IS NOT NULL
      AND (coalesce(a.paper, '06') <> '06' OR e.kind IN ('ask_supplement', 'refuse', 'apologise', 'stop') OR e.to_status = 9)
      AND e.to_status <> 10 AND NOT e.id = ANY(%s)
      AND NOT EXISTS (SELECT 1 FROM dossier.document x WHERE x.dossier_id = e.dossier_id AND x.origin = 'issued' AND x.type LIKE 'paper:%%:' || e.revision)
    GROUP BY e.dossier_id LIMIT %s
"""


async def work(url: str, settings: Settings) -> None:
    """Issue what waits, until cancelled. A deployment without an address for QR codes (GEO_PUBLIC_URL) prints on demand only."""
    if settings.public_url is None:
        return
    press = Press(
        FileStore(settings.files_address, settings.data_dir / "incoming"),
        Vault(settings.personal_secret()),
        settings.public_url.rstrip("/"),
    )
    given_up: set[int] = set()
    while True:
        try:
            done = await asyncio.to_thread(issue_waiting, url, press, given_up)
        except psycopg.OperationalError as error:
            log.warning("no papers issued: the database is away", error=str(error).strip())
            done = 0
        if not done:
            await asyncio.sleep(PAUSE_SECONDS)


def issue_waiting(url: str, press: Press, given_up: set[int]) -> int:
    """Issue the papers of some dossiers that wait for them; how many dossiers. Events of which nothing comes are noted in `given_up`, and left to
    who prints them."""
    with connect(url) as conn:
        rows = conn.execute(WAITING, (list(given_up), BATCH)).fetchall()
    for row in rows:
        try:
            with connect(url) as conn:
                issue(conn, press, row["dossier_id"])
        except (Problem, ValueError, psycopg.DataError) as error:
            log.warning("a paper cannot be drawn", dossier=str(row["dossier_id"]), error=str(error))
        given_up.update(row["events"])  # done, or not to be tried again
    return len(rows)
