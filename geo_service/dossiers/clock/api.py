"""Routes of the working calendar: open to read, changed by who looks after the catalogue of the whole city."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from geo_service.accounts.guards import csrf_guard, require, require_in
from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.deps import Connection, PublicConnection
from geo_service.dossiers.clock import service
from geo_service.dossiers.clock.schemas import (
    FIRST_DAY,
    LAST_DAY,
    Calendar,
    Change,
    DayIn,
    DayPath,
    HoursIn,
    Id,
    OutageChanged,
    OutageChangeIn,
    OutageIn,
    Outages,
    Thresholds,
    ThresholdsIn,
)

WRITE = "catalogue.write"


def keeper(account: Annotated[Account, Depends(require(WRITE))]) -> Account:
    """Who may change the calendar of the whole city."""
    require_in(account, WRITE, EVERYWHERE)
    return account


router = APIRouter(prefix="/api/calendar", tags=["calendar"], dependencies=[Depends(csrf_guard)])
Keeper = Annotated[Account, Depends(keeper)]
Preview = Annotated[bool, Query(description="Change nothing; say how many due dates would move")]
Year = Annotated[int | None, Query(ge=FIRST_DAY.year, le=LAST_DAY.year)]


@router.get("")
def read_calendar(conn: PublicConnection, year: Year = None) -> Calendar:
    """Public holidays, swapped days and office hours of a year (this one)."""
    return Calendar.model_validate(service.calendar(conn, year))


@router.put("/hours")
def put_hours(conn: Connection, _account: Keeper, body: HoursIn, preview: Preview = False) -> Change:
    """Office hours from a day on."""
    return Change.model_validate(service.put_hours(conn, body, preview=preview))


@router.get("/thresholds")
def read_thresholds(conn: PublicConnection) -> Thresholds:
    """When a clock turns amber, and when an online dossier has waited too long for an answer."""
    return Thresholds.model_validate(service.thresholds(conn))


@router.put("/thresholds")
def put_thresholds(conn: Connection, _account: Keeper, body: ThresholdsIn) -> Thresholds:
    """Other thresholds."""
    return Thresholds.model_validate(service.put_thresholds(conn, body))


@router.get("/outages")
def list_outages(conn: PublicConnection) -> Outages:
    """Outages, newest first."""
    return Outages.model_validate({"items": service.outages(conn)})


@router.post("/outages", status_code=201)
def add_outage(conn: Connection, _account: Keeper, body: OutageIn, preview: Preview = False) -> OutageChanged:
    """Note an outage. Announced, it stops clocks while it lasts, also one that is over."""
    return OutageChanged.model_validate(service.add_outage(conn, body, preview=preview))


@router.patch("/outages/{outage_id}", responses={409: {"description": "It was withdrawn"}})
def change_outage(
    conn: Connection, _account: Keeper, outage_id: Id, body: OutageChangeIn, preview: Preview = False
) -> OutageChanged:
    """Move the end of an outage, announce it, or withdraw it."""
    return OutageChanged.model_validate(service.change_outage(conn, outage_id, body, preview=preview))


@router.put("/days/{day}")
def put_day(conn: Connection, _account: Keeper, day: DayPath, body: DayIn, preview: Preview = False) -> Change:
    """Make a day a holiday or a working day, also one that is past."""
    return Change.model_validate(service.put_day(conn, day, body, preview=preview))


@router.delete("/days/{day}")
def drop_day(conn: Connection, _account: Keeper, day: DayPath, preview: Preview = False) -> Change:
    """Let a day be what its day of the week says."""
    return Change.model_validate(service.drop_day(conn, day, preview=preview))
