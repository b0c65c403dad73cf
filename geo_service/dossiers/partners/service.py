"""What administrators see of the queues, and do by hand. The database checks who asks."""

from __future__ import annotations

from typing import Any

from geo_service.dossiers.partners import schemas
from geo_service.dossiers.partners.config import Book, Code
from geo_service.dossiers.partners.signing import Refused, read
from geo_service.dossiers.partners.words import words_of
from layers.db import Connection
from layers.errors import NotFound, Stale

PAGE = 100


def said(error: str | None) -> schemas.Said | None:
    """A kept word with its sentences; a text that is none of ours stands for itself."""
    if error is None:
        return None
    slug, words, rest = words_of(error)
    if words is None:
        return schemas.Said(slug="other", text_vi=error, text_en=error, detail=error)
    return schemas.Said(slug=slug, text_vi=words.vi, text_en=words.en, detail=rest)


def health(conn: Connection, book: Book) -> list[schemas.Health]:
    """How it stands with each partner."""
    rows = conn.execute("SELECT * FROM dossier.partners_health()").fetchall()
    return [
        schemas.Health(
            configured=row["code"] in book,
            why=None if row["code"] in book else said("no-address"),
            breaker=schemas.Breaker(
                state=row["breaker"],
                until=row["open_until"],
                failures=row["failures"],
                last_ok_at=row["last_ok_at"],
                last_failed_at=row["last_failed_at"],
                last_error=said(row["last_error"]),
            ),
            **{name: row[name] for name in schemas.Health.model_fields if name not in ("configured", "why", "breaker")},
        )
        for row in rows
    ]


def messages(
    conn: Connection,
    direction: schemas.Direction,
    *,
    partner: Code | None = None,
    state: schemas.State | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> schemas.Messages:
    """Messages of one direction, newest first."""
    rows = conn.execute(
        "SELECT * FROM dossier.messages(%s, %s, %s, %s, %s)", (direction, partner, state, before, limit + 1)
    ).fetchall()
    page = rows[:limit]
    return schemas.Messages(
        items=[_message(direction, row) for row in page], before=page[-1]["id"] if len(rows) > limit else None
    )


def _message(direction: schemas.Direction, row: dict[str, Any]) -> schemas.Message:
    kind, dossier, body = row["kind"], row["code"], row["body"] or {}
    if row["token"] is not None:
        try:
            kind, dossier, body = read(row["token"]).says()
        except Refused:
            kind, dossier, body = None, None, {}
    return schemas.Message(
        id=f"{direction}-{row['id']}",
        direction=direction,
        partner=row["partner"],
        message=row["message"],
        kind=kind,
        dossier=dossier,
        state=row["state"],
        tries=row["tries"],
        made_at=row["made_at"],
        next_at=row["next_at"],
        done_at=row["done_at"],
        error=said(row["error"]),
        body=body,
        answer=row["answer"],
    )


def retry(conn: Connection, message: str) -> None:
    """Try a message again at once. Raises NotFound, or Stale when it is settled."""
    direction, number = _parts(message)
    row = conn.execute("SELECT dossier.retry_message(%s, %s) AS done", (direction, number)).fetchone()
    _check(conn, direction, number, bool(row and row["done"]))


def drop(conn: Connection, message: str, note: str) -> None:
    """Settle a message by hand. Raises NotFound, or Stale when it is settled already."""
    direction, number = _parts(message)
    row = conn.execute("SELECT dossier.drop_message(%s, %s, %s) AS done", (direction, number, note)).fetchone()
    _check(conn, direction, number, bool(row and row["done"]))


def _parts(message: str) -> tuple[schemas.Direction, int]:
    direction, _, number = message.partition("-")
    return ("out" if direction == "out" else "in"), int(number)


def _check(conn: Connection, direction: schemas.Direction, number: int, done: bool) -> None:
    if done:
        return
    rows = conn.execute("SELECT id FROM dossier.messages(%s, NULL, NULL, %s, 1)", (direction, number + 1)).fetchall()
    if not rows or rows[0]["id"] != number:
        raise NotFound("no-such-message", "There is no such message.", "Không có thông điệp này.")
    raise Stale("message-settled", "The message is settled already.", "Thông điệp đã được xử lý xong.")
