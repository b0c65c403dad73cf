"""A day of ours against a day of theirs: what we sent and what the partner says it got, what it sent and what we heard."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as day_time
from typing import Annotated, Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo_service.dossiers.partners import schemas, service
from geo_service.dossiers.partners.config import Book, Code, Partner
from geo_service.dossiers.partners.signing import MESSAGE, Signer
from geo_service.dossiers.partners.transport import read_page
from geo_service.dossiers.partners.words import DIFFERENCES
from layers.db import Connection

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SECONDS = 20.0  # for all pages of a partner's log
MARGIN = timedelta(minutes=10)  # a message near midnight is on different days in two books
UNWRITTEN = timedelta(minutes=1)  # within which a partner writes down what it has said
LISTED = 500  # differences that are shown


class Entry(BaseModel):
    """A line of a partner's log. `direction` as the partner sees it: `in` came from us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    jti: Annotated[str, Field(pattern=MESSAGE)]
    direction: Literal["in", "out"]
    kind: Annotated[str, Field(max_length=40)]
    dossier: Annotated[str, Field(max_length=60)] | None = None
    at: datetime


class Page(BaseModel):
    """`next`: to ask for what follows; None at the end."""

    model_config = ConfigDict(extra="ignore")

    items: Annotated[list[Entry], Field(max_length=10_000)]
    next: Annotated[str, Field(max_length=100)] | None = None


@dataclass
class Log:
    """What a partner showed of its log."""

    entries: list[Entry] = field(default_factory=list)
    reachable: bool = True
    complete: bool = True
    trouble: str | None = None


def span(day: date) -> tuple[datetime, datetime]:
    """A day in Hanoi."""
    start = datetime.combine(day, day_time(), HANOI)
    return start, start + timedelta(days=1)


def fetch(partner: Partner, code: Code, signer: Signer, day: date, *, seconds: float = SECONDS) -> Log:
    """The partner's log of a day and the minutes around it. What a partner or the net does is told in the log, never raised."""
    since, until = span(day)
    query = {"since": (since - MARGIN).isoformat(), "until": (until + MARGIN).isoformat()}
    log, ends = Log(), time.monotonic() + seconds
    try:
        with httpx.Client(timeout=min(partner.timeout_s, seconds)) as client:
            while time.monotonic() < ends:
                token = signer.sign(partner.name or code, str(uuid4()), "log", None, {})
                page = Page.model_validate(read_page(client, partner, token, query))
                log.entries += page.items
                if page.next is None:
                    return log
                query["after"] = page.next
    except ValidationError:
        log.reachable, log.trouble = bool(log.entries), "not a log"
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        log.reachable, log.trouble = bool(log.entries), f"{type(error).__name__}: {error}"[:200]
    log.complete = False
    return log


def fetch_all(book: Book, signer: Signer, day: date) -> dict[Code, Log]:
    """Every partner's log, asked for at the same time."""
    if not book:
        return {}
    with ThreadPoolExecutor(len(book)) as threads:
        asked = {code: threads.submit(fetch, partner, code, signer, day) for code, partner in book.items()}
        return {code: future.result() for code, future in asked.items()}


@dataclass(frozen=True)
class Ours:
    """A message as our books have it."""

    message: str
    kind: str | None
    dossier: str | None
    at: datetime


def compare(
    code: Code, ours: dict[schemas.Direction, list[Ours]], log: Log, day: date, asked_at: datetime
) -> tuple[schemas.Compared, list[schemas.Difference]]:
    """What one side knows and the other does not, of messages of that day up to when the log was asked for. Pure.

    The margins around the day only explain, they are not compared. What came just now the partner may not have written down yet.
    """
    since, until = span(day)
    theirs = {way: {entry.jti: entry for entry in log.entries if entry.direction == way} for way in ("in", "out")}
    mine = {way: {one.message: one for one in ours[way]} for way in ("out", "in")}
    compared = schemas.Compared(
        partner=code,
        reachable=log.reachable,
        complete=log.complete,
        trouble=log.trouble,
        sent=_within(mine["out"].values(), since, until),
        they_got=_within(theirs["in"].values(), since, until),
        heard=_within(mine["in"].values(), since, until),
        they_sent=_within(theirs["out"].values(), since, until),
    )
    found: list[schemas.Difference] = []
    now = min(until, asked_at)
    if log.complete:
        found += _lacking(code, "out", mine["out"].values(), theirs["in"].keys(), "not-there", since, now)
        found += _lacking(code, "in", mine["in"].values(), theirs["out"].keys(), "not-said", since, now - UNWRITTEN)
    found += _lacking(code, "out", theirs["in"].values(), mine["out"].keys(), "not-here", since, now)
    found += _lacking(code, "in", theirs["out"].values(), mine["in"].keys(), "not-arrived", since, now)
    return compared, found


def _within(items: Iterable[Any], since: datetime, until: datetime) -> int:
    return sum(since <= one.at < until for one in items)


def _lacking(
    code: Code,
    way: schemas.Direction,
    items: Iterable[Any],
    known: Iterable[str],
    slug: str,
    since: datetime,
    until: datetime,
) -> list[schemas.Difference]:
    words, there = DIFFERENCES[slug], set(known)
    return [
        schemas.Difference(
            partner=code,
            direction=way,
            message=name,
            kind=one.kind,
            dossier=one.dossier,
            at=one.at,
            why=schemas.Said(slug=slug, text_vi=words.vi, text_en=words.en, detail=""),
        )
        for one in items
        if since <= one.at < until and (name := one.jti if isinstance(one, Entry) else one.message) not in there
    ]


def reconcile(conn: Connection, book: Book, signer: Signer, day: date) -> schemas.Reconciliation:
    """The whole page. What a partner logged and we do not find in the day's books is looked up in all of ours before it is called a difference."""
    asked_at = datetime.now(HANOI)
    logs = fetch_all(book, signer, day)
    compared: list[schemas.Compared] = []
    differences: list[schemas.Difference] = []
    for code, log in logs.items():
        one, found = compare(code, _ours(conn, code, day), log, day, asked_at)
        compared.append(one)
        differences += _unknown_only(conn, code, found)
    return schemas.Reconciliation(
        day=day,
        partners=compared,
        differences=sorted(differences, key=lambda one: one.at)[:LISTED],
        unanswered=_unanswered(conn, book),
        attention=[
            message
            for direction in ("in", "out")
            for message in service.messages(conn, "in" if direction == "in" else "out", state="dead").items
        ],
    )


def _ours(conn: Connection, code: Code, day: date) -> dict[schemas.Direction, list[Ours]]:
    since, until = span(day)
    rows = conn.execute(
        "SELECT * FROM dossier.exchanged(%s, %s, %s)", (code, since - MARGIN, until + MARGIN)
    ).fetchall()
    ours: dict[schemas.Direction, list[Ours]] = {"out": [], "in": []}
    for row in rows:
        ours[row["direction"]].append(Ours(row["message"], row["kind"], row["code"], row["at"]))
    return ours


def _unknown_only(conn: Connection, code: Code, found: list[schemas.Difference]) -> list[schemas.Difference]:
    """Without those that another day's books explain."""
    kept = []
    for slug, direction in (("not-here", "out"), ("not-arrived", "in")):
        asked = [one.message for one in found if one.why.slug == slug]
        rows = conn.execute("SELECT dossier.known(%s, %s, %s) AS message", (code, direction, asked)).fetchall()
        known = {row["message"] for row in rows}
        kept += [one for one in found if one.why.slug == slug and one.message not in known]
    return kept + [one for one in found if one.why.slug in ("not-there", "not-said")]


def _unanswered(conn: Connection, book: Book) -> list[schemas.Unanswered]:
    rows = conn.execute("SELECT * FROM dossier.unanswered()").fetchall()
    return [_one_unanswered(row, book) for row in rows]


def _one_unanswered(row: dict[str, Any], book: Book) -> schemas.Unanswered:
    late = row["partner"] in book and row["working_days"] > book[row["partner"]].answer_days
    return schemas.Unanswered(
        id=f"out-{row['id']}",
        partner=row["partner"],
        kind=row["kind"],
        message=row["message"],
        dossier=row["code"],
        sent_at=row["sent_at"],
        working_days=row["working_days"],
        late=late,
        why=service.said("late-answer") if late else None,
    )
