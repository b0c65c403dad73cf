"""Reading the board. The database counts and checks who asks (sql/functions.sql); here rows become answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.accounts.sessions import write_audit
from geo_service.dossiers import reading
from geo_service.dossiers.board import forecast, schemas
from geo_service.dossiers.schemas import Brief
from layers.db import Connection
from layers.errors import Malformed

Row = dict[str, Any]
PAGE = 50
PAST_DAYS = 400  # of the load's history
WEEKS_TRIED = 8  # of the forecast of lateness
ALIKE_MOST, ALIKE_DAYS = 200, 365
FLOW = ("filed", "received", "finished", "late", "withdrawn", "refused", "stopped")


@dataclass(frozen=True)
class Question:
    """What is asked of the board: days (both counted), whose unit a dossier is, one unit or procedure."""

    first: date
    last: date
    by: schemas.By
    unit: str | None
    procedure: str | None

    @property
    def place(self) -> Row:
        return {"by_received": self.by == "received", "unit": self.unit, "procedure": self.procedure}

    @property
    def values(self) -> Row:
        return {"first": self.first, "after": self.last + timedelta(days=1), **self.place}


PERIOD = "dossier.midnight(%(first)s), dossier.midnight(%(after)s)"
WHERE = "%(by_received)s, %(unit)s, %(procedure)s"


def question(
    conn: Connection, first: date | None, last: date | None, by: schemas.By, unit: str | None, procedure: str | None
) -> Question:
    """Days default to the thirty up to today. Raises Malformed for a period that ends before it begins."""
    if last is None:
        last = _one(conn.execute("SELECT dossier.day_of(now()) AS today"))["today"]
    first = first or last - timedelta(days=29)
    if first > last:
        raise Malformed("bad-period", "The period ends before it begins.", "Ngày kết thúc phải sau ngày bắt đầu.")
    return Question(first, last, by, unit, procedure)


# ---- counts --------------------------------------------------------------------------------------------------------


def board(conn: Connection, account: Account, asked: Question) -> schemas.Board:
    counts, why = _counts(conn, asked)
    units, procedures = _unit_names(conn), _procedure_names(conn)
    scope = account.capabilities.get("board.read", [])
    return schemas.Board.model_validate(
        {
            "at": _one(conn.execute("SELECT now() AS at"))["at"],
            "from_day": asked.first,
            "to_day": asked.last,
            "by": asked.by,
            "scope": None if EVERYWHERE in scope else scope,
            "total": counts[None],
            "paused_for": _paused_for(conn, why),
            "units": [{"unit": reading.unit(key[1], units.get(key[1], "")), **row} for key, row in _of(counts, "unit")],
            "procedures": [{"procedure": _named(key[1], procedures), **row} for key, row in _of(counts, "procedure")],
            "bands": bands(conn),
            "alarm": _one(
                conn.execute(
                    "SELECT answer_amber_hours AS amber_hours, answer_red_hours AS red_hours FROM dossier.clock_threshold"
                )
            ),
        }
    )


def _of(counts: Mapping[Any, Row], kind: str) -> list[tuple[tuple[str, str], Row]]:
    """Rows for units, or for procedures: what has most first."""
    found = [(key, row) for key, row in counts.items() if key is not None and key[0] == kind]
    return sorted(found, key=lambda pair: (-pair[1]["received"] - pair[1]["open"], pair[0][1]))


def _counts(conn: Connection, asked: Question) -> tuple[dict[Any, Row], Counter[str]]:
    """Members of `schemas.Counts` for all (None), for each ("unit", code) and each ("procedure", code); of all paused, how many for each reason."""
    why: Counter[str] = Counter()
    out: dict[Any, Row] = {None: _empty()}
    for row in conn.execute(f"SELECT * FROM dossier.board_flow({PERIOD}, {WHERE})", asked.values):
        target = out.setdefault(_key(row), _empty())
        target.update({name: row[name] for name in FLOW}, in_time=row["finished"] - row["late"])
        target["share"] = target["in_time"] / row["finished"] if row["finished"] else None
    for row in conn.execute(f"SELECT * FROM dossier.board_pace({PERIOD}, {WHERE})", asked.values):
        out.setdefault(_key(row), _empty()).update(
            median_days=row["median_tenths"] / 10, p90_days=row["p90_tenths"] / 10
        )
    for row in conn.execute(f"SELECT * FROM dossier.board_now({WHERE})", asked.place):
        target = out.setdefault(_key(row), _empty())
        target[row["state"]] += row["number"]
        target["open"] += row["number"]
        target["unanswered"] += row["number"] if row["answer"] in ("amber", "red") else 0
        target["unanswered_red"] += row["number"] if row["answer"] == "red" else 0
        if _key(row) is None and row["reason"]:
            why[row["reason"]] += row["number"]
    return out, why


def _key(row: Row) -> tuple[str, str] | None:
    if row["unit"] is not None:
        return ("unit", row["unit"])
    return ("procedure", row["procedure"]) if row["procedure"] is not None else None


def _empty() -> Row:
    return {**schemas.Counts().model_dump(), "open": 0}


def _paused_for(conn: Connection, why: Mapping[str, int]) -> list[Row]:
    """Reasons for which clocks stand still now, the most frequent first."""
    reasons = conn.execute("SELECT code, name_vi, name_en FROM dossier.clock_reason ORDER BY code").fetchall()
    return sorted(
        ({**row, "number": why[row["code"]]} for row in reasons if why.get(row["code"])),
        key=lambda row: -int(row["number"]),
    )


def map_units(conn: Connection, asked: Question, outlined: Iterable[str]) -> schemas.MapUnits:
    """Every unit that exists, with its counts."""
    counts, _why = _counts(conn, asked)
    known = frozenset(outlined)
    rows = conn.execute(
        "SELECT code, unit_type || ' ' || name AS name, lon, lat FROM register.unit WHERE ended_on IS NULL AND (%(unit)s::text IS NULL OR code = %(unit)s)"
        " ORDER BY code",
        {"unit": asked.unit},
    ).fetchall()
    return schemas.MapUnits.model_validate(
        {
            "items": [
                {**row, **counts.get(("unit", row["code"]), _empty()), "outlined": row["code"] in known} for row in rows
            ]
        }
    )


def bands(conn: Connection) -> list[Row]:
    return conn.execute(
        "SELECT share::double precision, name_vi, name_en FROM dossier.board_band ORDER BY share DESC"
    ).fetchall()


def put_bands(conn: Connection, body: schemas.Bands) -> list[Row]:
    """Other words for shares. Raises Malformed unless one begins at 0 and no two at the same share."""
    shares = [round(one.share, 3) for one in body.items]
    if min(shares) != 0 or len(set(shares)) < len(shares):
        raise Malformed(
            "bad-bands",
            "Bands begin at different shares, the lowest at 0.",
            "Các mức phải bắt đầu ở các tỷ lệ khác nhau, mức thấp nhất từ 0.",
        )
    before = [one | {"share": float(one["share"])} for one in bands(conn)]
    conn.execute("DELETE FROM dossier.board_band")
    for one in body.items:
        conn.execute(
            "INSERT INTO dossier.board_band (share, name_vi, name_en) VALUES (%s, %s, %s)",
            (one.share, one.name_vi, one.name_en),
        )
    write_audit(conn, "board.bands", "board", detail={"before": before, "after": body.model_dump()["items"]})
    return bands(conn)


def steps(conn: Connection, asked: Question) -> schemas.Steps:
    """Where dossiers stay longer than meant, most time lost first."""
    rows = conn.execute(
        f"""
        SELECT b.*, p.name_vi AS procedure_vi, p.name_en AS procedure_en, s.name_vi, s.name_en, s.role, s.clock, r.name_vi AS role_vi, r.name_en AS role_en,
               dossier.day_seconds() AS day
        FROM dossier.board_steps({PERIOD}, {WHERE}) b JOIN dossier.procedure p ON p.code = b.procedure
        JOIN dossier.step s ON s.version_id = b.version_id AND s.code = b.step LEFT JOIN accounts.role r ON r.code = s.role LIMIT 500
        """,
        asked.values,
    ).fetchall()
    return schemas.Steps.model_validate({"items": [_step(row) for row in rows]})


def _step(row: Row) -> Row:
    role_vi, role_en = reading.OTHERS.get(row["role"], (row["role_vi"] or "", row["role_en"] or ""))
    day = row["day"]
    return {
        "procedure": {"code": row["procedure"], "name_vi": row["procedure_vi"], "name_en": row["procedure_en"]},
        "step": {"code": row["step"], "name_vi": row["name_vi"], "name_en": row["name_en"]},
        "role_vi": role_vi,
        "role_en": role_en,
        "median_days": None if row["median_seconds"] is None else row["median_seconds"] / day,
        "p90_days": None if row["p90_seconds"] is None else row["p90_seconds"] / day,
        "lost_days": row["lost_seconds"] / day,
        **{name: row[name] for name in ("role", "clock", "days", "stays", "over", "standing", "standing_over")},
    }


def listed(conn: Connection, asked: Question, cell: schemas.Cell, detail: str | None, offset: int) -> schemas.Listed:
    """The dossiers behind a number, as far as the reader may see dossiers."""
    if cell == "at_risk":
        risky = [one.id for one in lateness(conn, asked).at_risk]
        total, ids = len(risky), risky[offset : offset + PAGE]
    else:
        rows = conn.execute(
            f"SELECT * FROM dossier.board_list(%(cell)s, %(detail)s, {PERIOD}, {WHERE}, %(offset)s, {PAGE})",
            {**asked.values, "cell": cell, "detail": detail, "offset": offset},
        ).fetchall()
        total, ids = (rows[0]["number"] if rows else 0), [row["dossier_id"] for row in rows]
    return schemas.Listed(items=_briefs(conn, ids), total=total)


def _briefs(conn: Connection, ids: list[UUID]) -> list[Brief]:
    rows = conn.execute(f"{reading.BRIEF} WHERE d.id = ANY(%s)", (ids,)).fetchall()
    found = {row["id"]: Brief.model_validate(reading.brief(row)) for row in rows}
    return [found[one] for one in ids if one in found]


# ---- what is to come -----------------------------------------------------------------------------------------------


def expected(conn: Connection, asked: Question) -> schemas.Forecast:
    at = _one(conn.execute("SELECT now() AS at"))["at"]
    return schemas.Forecast(at=at, load=load(conn, asked), lateness=lateness(conn, asked))


def load(conn: Connection, asked: Question) -> schemas.Load:
    """Dossiers a working day; what came on a day off is counted on the next working day."""
    today = _one(conn.execute("SELECT dossier.day_of(now()) AS today"))["today"]
    since = today - timedelta(days=PAST_DAYS)
    rows = conn.execute(
        f"SELECT * FROM dossier.board_days(%(since)s, {WHERE})", {**asked.place, "since": since}
    ).fetchall()
    working = [
        row["day"]
        for row in conn.execute(
            "SELECT day FROM dossier.office_day WHERE working AND day >= %s AND day < %s + 60 ORDER BY day",
            (since, today),
        )
    ]
    begun = rows[0]["day"] if rows else today
    past = [day for day in working if begun <= day < today]
    coming = [day for day in working if day >= today][: forecast.HORIZON]
    history = _by_working_day(rows, past)
    made = forecast.load([one.received for one in history], past, coming)
    return schemas.Load(
        method=made.method, missing=made.missing, interval=forecast.INTERVAL, history=history, coverage=made.coverage, tested_days=made.tested,
        days=[
            schemas.Expected(day=day, expected=e, low=low, high=high)
            for day, e, low, high in zip(coming, made.expected.tolist(), made.low.tolist(), made.high.tolist(), strict=False)
        ],
        model=_error(made.model), naive=_error(made.naive),
    )  # fmt: skip


def _error(errors: forecast.Errors | None) -> schemas.Error | None:
    return schemas.Error(mae=errors.mae, mape=errors.mape) if errors else None


def _by_working_day(rows: list[Row], working: list[date]) -> list[schemas.Day]:
    days = {day: schemas.Day(day=day, received=0, finished=0, late=0) for day in working}
    for row in rows:
        day = next((one for one in (row["day"] + timedelta(days=n) for n in range(15)) if one in days), None)
        if day is not None:
            days[day].received += row["received"]
            days[day].finished += row["finished"]
            days[day].late += row["late"]
    return list(days.values())


def lateness(conn: Connection, asked: Question) -> schemas.Lateness:
    """Running dossiers that will probably be late, the most probable first, and how well that could be said of the last weeks."""
    known = _alike(conn)
    now = _one(conn.execute("SELECT extract(epoch FROM now())::double precision AS now, dossier.day_seconds() AS day"))
    rows = conn.execute(f"SELECT * FROM dossier.board_running({WHERE})", asked.place).fetchall()
    judged, at_risk = 0, []
    for row in rows:
        said = (
            forecast.outlook(known, (row["procedure"], row["step"]), forecast.Running(row["spent"], row["slack"]))
            if row["slack"] >= 0
            else None
        )
        if said is None:
            continue
        judged += 1
        if said.risk >= forecast.LIKELY:
            at_risk.append(
                schemas.AtRisk(
                    id=row["dossier_id"],
                    risk=said.risk,
                    alike=said.alike,
                    needs_days=said.needs / now["day"],
                    has_days=row["slack"] / now["day"],
                )
            )
    at_risk.sort(key=lambda one: (-one.risk, one.has_days, one.id))
    return schemas.Lateness(running=len(rows), judged=judged, at_risk=at_risk, measured=_measured(known, now["now"]))


def _alike(conn: Connection) -> dict[forecast.Key, forecast.Alike]:
    rows = conn.execute(
        "SELECT * FROM dossier.board_alike(now() - make_interval(days => %s), %s)",
        (ALIKE_DAYS, ALIKE_MOST),
        binary=True,
    )
    return {
        (row["procedure"], row["step"]): forecast.Alike(
            *(
                np.asarray(row[name], dtype=kind)
                for name, kind in (
                    ("spent", float),
                    ("rest", float),
                    ("slack", float),
                    ("late", bool),
                    ("finished", float),
                )
            )
        )
        for row in rows
    }


def _measured(known: Mapping[forecast.Key, forecast.Alike], now: float) -> schemas.Measured | None:
    score = forecast.measure(known, now - WEEKS_TRIED * 7 * 86_400)
    if score is None:
        return None
    return schemas.Measured(
        **asdict(score),
        precision=score.right / score.flagged if score.flagged else None,
        recall=score.right / score.late if score.late else None,
    )


# ---- for analysts --------------------------------------------------------------------------------------------------

BETWEEN = "dossier.midnight(%(first)s), dossier.midnight(%(after_day)s), %(after)s, %(limit)s"
FACTS = f"""
    SELECT dossier_id, procedure, unit, received_unit, channel, status, step, clock, reason, filed_at, received_at, clock_start, due_at, step_since,
           finished_at, worked, simulated
    FROM dossier.facts({BETWEEN})
"""
STAYS = f"""
    SELECT event_id, dossier_id, procedure, step, role, clock, days, unit, received_unit, entered_at, left_at, action, seconds
    FROM dossier.fact_stays({BETWEEN})
"""


def facts(conn: Connection, first: date, last: date, after: UUID | None, limit: int) -> Row:
    """A page of dossiers that were open at some time between two days (both counted)."""
    asked = {"first": first, "after_day": last + timedelta(days=1), "after": after, "limit": limit}
    return _page(conn, conn.execute(FACTS, asked).fetchall(), "dossier_id", limit)


def stays(conn: Connection, first: date, last: date, after: int | None, limit: int) -> Row:
    """A page of stays in steps that ended between two days (both counted)."""
    asked = {"first": first, "after_day": last + timedelta(days=1), "after": after, "limit": limit}
    return _page(conn, conn.execute(STAYS, asked).fetchall(), "event_id", limit)


def _page(conn: Connection, items: list[Row], key: str, limit: int) -> Row:
    day = _one(conn.execute("SELECT dossier.day_seconds() AS day"))["day"]
    return {"items": items, "next": items[-1][key] if len(items) == limit else None, "day_seconds": day}


def _unit_names(conn: Connection) -> dict[str, str]:
    return {
        row["code"]: row["name"]
        for row in conn.execute("SELECT code, unit_type || ' ' || name AS name FROM register.unit")
    }


def _procedure_names(conn: Connection) -> dict[str, Row]:
    return {row["code"]: row for row in conn.execute("SELECT code, name_vi, name_en FROM dossier.procedure")}


def _named(code: str, names: Mapping[str, Row]) -> Row:
    return names.get(code, {"code": code, "name_vi": code, "name_en": code})


def _one(cursor: Any) -> Row:
    row: Row | None = cursor.fetchone()
    assert row is not None
    return row
