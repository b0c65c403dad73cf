"""Invented dossiers for the sample city: a year of them, in all states, on its parcels. Nobody in them exists, and every one is marked simulated.

Each walks through `dossier.open` and `dossier.act` like a real one, only dated with the past and with nobody told: no message leaves, no drawing is made, and
what would be decided by changing the map is still undecided or was withdrawn. `geo_service.dossiers.sampling` makes them up.
"""

from __future__ import annotations

import functools
import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import typst
from psycopg.types.json import Jsonb

from geo_service.dossiers.documents.store import FileStore
from geo_service.dossiers.money.fees import fees
from geo_service.dossiers.papers.render import fonts
from geo_service.dossiers.sampling import Ground, Invented, Inventor, Office, Procedure
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import Connection
from layers.register.rights.model import Sealer

Report = Callable[[str, int, int], None]

COUNT = 1_500
DAYS = 370
STEP = 400  # items of a plan sent to the database at once
ANALYSE = (
    "ANALYZE dossier.dossier, dossier.event, dossier.clock, dossier.parcel, dossier.document, dossier.applicant, dossier.payment,"
    " dossier.tally, dossier.stay"
)
PAPER = """
#set page(width: 148mm, height: 210mm, margin: 20mm)
#set text(font: "Libertinus Serif", size: 14pt, lang: "vi")
#align(center + horizon)[
  #text(size: 20pt, weight: "bold", sys.inputs.name) #v(8mm)
  Giấy tờ mô phỏng, dùng để thử hệ thống. #v(4mm) _Simulated paper, for trying the system._
]
"""


@dataclass(frozen=True)
class Filled:
    """How many dossiers and acts were written, how many stand in each status, and how long it took (s)."""

    dossiers: int
    acts: int
    statuses: dict[int, int]
    seconds: float


def ensure_demo_dossiers(conn: Connection, settings: Settings, progress: Report | None = None) -> Filled | None:
    """Invented dossiers in the simulated city, once; a few of them are the demonstration citizen's."""
    row = conn.execute(
        "SELECT simulated AND NOT EXISTS (SELECT 1 FROM dossier.dossier)"
        " AND EXISTS (SELECT 1 FROM fabric.parcel_version WHERE kind = 'land') AS due FROM fabric.deployment"
    ).fetchone()
    if not (row and row["due"]):
        return None
    return fill(conn, Vault(settings.personal_secret()), file_store(settings), progress=progress)


def file_store(settings: Settings) -> FileStore:
    """Where the deployment's papers lie."""
    return FileStore(settings.files_address, settings.data_dir / "incoming")


def fill(
    conn: Connection,
    sealer: Sealer,
    files: FileStore,
    count: int = COUNT,
    seed: int = 1,
    *,
    now: datetime | None = None,
    progress: Report | None = None,
) -> Filled:
    """Invent about `count` dossiers of the year before `now`, in the caller's transaction, as the operator. The map and the rights stay as they are."""
    started = time.perf_counter()
    report = progress or (lambda *_: None)
    conn.execute("SET LOCAL geo.untold = 'on'")
    start = f"{seed}/{_value(conn, 'SELECT count(*) AS value FROM dossier.dossier')}"  # more of them are others
    inventor = _inventor(conn, start, now, count)
    made = inventor.year(count, inventor.now - timedelta(days=DAYS))
    keys = [UUID(int=random.Random(f"{start}/{number}").getrandbits(128), version=4) for number in range(len(made))]  # noqa: S311
    keyed = dict(zip(keys, made, strict=True))
    _link_demo_citizen(conn, keyed)
    terms = _documents_and_fees(conn)
    papers = Papers(files)
    items = sorted(
        (item for key, one in keyed.items() for item in _items(key, one, terms[one.procedure.code], papers)),
        key=lambda item: item["order"],
    )
    for first in range(0, len(items), STEP):
        batch = [
            {name: value for name, value in item.items() if name != "order"} for item in items[first : first + STEP]
        ]
        conn.execute("SELECT dossier.replay(%s)", (Jsonb(batch),))
        report("dossiers", first + len(batch), len(items))
        if (first // STEP + 1).bit_count() == 1:  # plans for empty tables are slow on full ones
            conn.execute(ANALYSE)
    conn.execute("SELECT set_config('geo.now', '', true)")
    _name_applicants(conn, sealer, keyed)
    _demand_taxes(conn)
    conn.execute("SET LOCAL geo.untold = 'off'")
    conn.execute(ANALYSE)
    acts = sum(len(one.acts) for one in made)
    return Filled(
        len(made), acts, dict(sorted(Counter(one.status for one in made).items())), time.perf_counter() - started
    )


def _inventor(conn: Connection, seed: str, now: datetime | None, count: int) -> Inventor:
    rows = conn.execute(
        "SELECT opens_at, lunch_from, lunch_until, closes_at, seconds_before FROM dossier.office_day WHERE working ORDER BY day"
    ).fetchall()
    office = Office([tuple(row.values())[:4] for row in rows], [float(row["seconds_before"]) for row in rows])
    moment = now or _value(conn, "SELECT now() AS value")
    units = [row["code"] for row in conn.execute("SELECT code FROM register.unit WHERE ended_on IS NULL ORDER BY code")]
    return Inventor(seed, office, moment, _procedures(conn, moment), _grounds(conn, count), units)


def _value(conn: Connection, statement: str) -> Any:
    row = conn.execute(statement).fetchone()
    assert row is not None
    return row["value"]


def _procedures(conn: Connection, now: datetime) -> list[Procedure]:
    """Those in force during the whole year; what was replaced meanwhile is left out."""
    rows = conn.execute(
        """
        SELECT v.procedure, v.definition -> 'limit' AS term, v.definition -> 'fields' AS fields,
               (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.ord) FROM dossier.step s WHERE s.version_id = v.id) AS steps,
               (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.ord) FROM dossier.action a WHERE a.version_id = v.id) AS actions
        FROM dossier.procedure_version v
        WHERE v.status = 'published' AND v.valid @> daterange((%(now)s::timestamptz - make_interval(days => %(days)s))::date, (%(now)s)::date, '[]')
        ORDER BY v.procedure
        """,
        {"now": now, "days": DAYS + 5},
    ).fetchall()
    found = []
    for row in rows:
        actions: dict[str, list[dict[str, Any]]] = {}
        for action in row["actions"]:
            actions.setdefault(action["from_step"], []).append(action)
        term = row["term"]
        days = term["n"] * {"working_day": 1.0, "calendar_day": 5 / 7, "working_hour": 1 / 8}[term["unit"]]
        steps = {step["code"]: step for step in row["steps"]}
        found.append(Procedure(row["procedure"], days, row["steps"][0]["code"], steps, actions, row["fields"] or []))
    return found


def _grounds(conn: Connection, count: int) -> list[Ground]:
    """Parcels of today on which no block stands."""
    rows = conn.execute(
        """
        SELECT v.parcel_id, v.unit, v.area_m2 FROM (
            SELECT * FROM fabric.parcel_version WHERE retired_by IS NULL AND kind = 'land' ORDER BY hashint8(parcel_id), parcel_id LIMIT %s) v
        WHERE NOT EXISTS (SELECT 1 FROM rights.blocks_on(v.parcel_id) b WHERE rights.stands(b.valid))
          AND EXISTS (SELECT 1 FROM register.unit u WHERE u.code = v.unit AND u.ended_on IS NULL)
        """,
        (min(count, 20_000),),
    ).fetchall()
    return [Ground(row["parcel_id"], row["unit"], float(row["area_m2"])) for row in rows]


def _link_demo_citizen(conn: Connection, keyed: dict[UUID, Invented]) -> None:
    """The demonstration citizen applied for the newest dossier in each of some states."""
    row = conn.execute("SELECT id, party_id, name FROM accounts.account WHERE login = 'citizen' AND demo").fetchone()
    if row is None:
        return
    for status in (1, 4, 5, 6, 10):
        candidates = [one for one in keyed.values() if one.status == status and one.ground]
        if candidates:
            newest = max(candidates, key=lambda one: one.filed_at)
            newest.account, newest.party, newest.name, newest.channel = row["id"], row["party_id"], row["name"], 2


def _documents_and_fees(conn: Connection) -> dict[str, dict[str, Any]]:
    rows = conn.execute(
        "SELECT procedure, definition -> 'documents' AS documents, definition -> 'fees' AS fees FROM dossier.procedure_version"
        " WHERE status = 'published' ORDER BY version"
    )
    return {row["procedure"]: row for row in rows}


class Papers:
    """One small PDF for each kind of paper, kept when first needed."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    @functools.cache  # noqa: B019  (lives as long as one filling)
    def row(self, code: str, name: str) -> dict[str, Any]:
        """Members of a row of dossier.document."""
        data: bytes = typst.compile(
            PAPER.encode(),
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"name": name},
            timestamp=0,
        )
        digest = hashlib.sha256(data).digest()
        self._files.keep(data, digest)
        return {"type": code, "name": f"{name[:150]} (mô phỏng).pdf", "bytes": len(data), "sha256": digest.hex()}


def _items(key: UUID, one: Invented, terms: dict[str, Any], papers: Papers) -> Iterator[dict[str, Any]]:
    """What `dossier.replay` does for a dossier, each with its moment."""
    wanted = [papers.row(paper["code"], paper["name_vi"]) for paper in terms["documents"] or () if paper["required"]]
    held_back = 1 if one.short and wanted else 0
    yield {
        "order": (one.filed_at, key, 0), "at": one.filed_at.isoformat(), "id": str(key), "procedure": one.procedure.code, "received_unit": one.received_unit,
        "channel": one.channel, "parcels": [one.ground.parcel] if one.ground else [], "form": one.form, "account": one.account, "party": one.party,
        "papers": wanted[held_back:], "payments": list(_fees(one, terms)),
    }  # fmt: skip
    for number, act in enumerate(one.acts, 1):
        item: dict[str, Any] = {
            "order": (act.at, key, number),
            "at": act.at.isoformat(),
            "id": str(key),
            "action": act.action,
            "note": act.note,
        }
        if act.promised_at:
            item["detail"] = {"promised_at": act.promised_at.isoformat()}
        if act.kind == "supplement" and held_back:
            item["papers"], held_back = wanted[:1], 0
        yield item


def _fees(one: Invented, terms: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Fees of a dossier: paid where it was received, called back where it was not, otherwise due."""
    received = any(act.kind in ("accept", "supplement") for act in one.acts)
    waits = any(act.kind == "ask_payment" for act in one.acts) and one.status == 6
    for fee in fees(terms, one.channel, one.form):
        if fee.kind == "fee" and fee.amount is not None:
            paid = fee.amount == 0 or (received and not waits)
            ended = one.status in (3, 7, 8)
            status = "paid" if paid else "cancelled" if ended else "due"
            yield {
                "code": fee.code,
                "name_vi": fee.name_vi,
                "name_en": fee.name_en,
                "amount": fee.amount,
                "status": status,
            }


def _name_applicants(conn: Connection, sealer: Sealer, keyed: dict[UUID, Invented]) -> None:
    with (
        conn.cursor() as cursor,
        cursor.copy(
            "COPY dossier.applicant (dossier_id, name_sealed, identity_sealed, identity_fingerprint, phone_sealed) FROM STDIN"
        ) as copy,
    ):
        for key, one in keyed.items():
            copy.write_row(
                (
                    key,
                    sealer.seal(one.name, f"dossier.name:{key}"),
                    sealer.seal(one.identity_number, f"dossier.identity:{key}"),
                    sealer.fingerprint(one.identity_number),
                    sealer.seal(one.phone, f"dossier.phone:{key}"),
                )
            )


def _demand_taxes(conn: Connection) -> None:
    """What the tax office said of invented dossiers: paid where it was, due where the dossier waits for it, called back where it ended before."""
    conn.execute(
        """
        INSERT INTO dossier.payment (dossier_id, kind, code, name_vi, name_en, amount, status, due_on, made_at, paid_at, method)
        SELECT d.id, 'tax', 'lptb', 'Lệ phí trước bạ nhà đất', 'Registration tax',
               greatest(coalesce((d.form ->> 'price')::numeric, 500000000) * 0.005, 100000)::bigint,
               CASE WHEN p.at IS NOT NULL THEN 'paid' WHEN d.finished_at IS NOT NULL THEN 'cancelled' ELSE 'due' END,
               (n.at + interval '30 days')::date, n.at, p.at, CASE WHEN p.at IS NOT NULL THEN 'online' END
        FROM dossier.dossier d JOIN dossier.event n ON n.dossier_id = d.id AND n.kind = 'tax_notice'
        LEFT JOIN LATERAL (SELECT e.at FROM dossier.event e WHERE e.dossier_id = d.id AND e.kind = 'paid' AND e.id > n.id ORDER BY e.id LIMIT 1) p ON true
        WHERE d.simulated ON CONFLICT DO NOTHING
        """
    )
