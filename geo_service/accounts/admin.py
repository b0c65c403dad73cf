"""Routes of administration: people, their roles by unit, units. Everything here is also a command (`geo-service user`, `units`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from geo_service.accounts import assignments, service
from geo_service.accounts.guards import csrf_guard, require, require_in
from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.accounts.schemas import (
    Assignment,
    AssignmentIn,
    PasswordIn,
    People,
    Person,
    PersonChange,
    PersonIn,
    Roles,
    UnitCode,
    UnitEnd,
    UnitIn,
    UnitOut,
)
from geo_service.accounts.sessions import write_audit
from geo_service.deps import Connection
from layers.db import Connection as Conn
from layers.errors import Malformed, NotFound
from layers.fabric.intents import NO_NUL

router = APIRouter(tags=["administration"], dependencies=[Depends(csrf_guard)])
Administrator = Annotated[Account, Depends(require("accounts.manage"))]
Id = Annotated[int, Query(ge=0, le=2**53)]


@router.get("/api/roles")
def list_roles(conn: Connection, _account: Administrator) -> Roles:
    """Roles and what each includes."""
    rows = conn.execute("SELECT code, name_vi, name_en, capabilities FROM accounts.role ORDER BY code").fetchall()
    return Roles.model_validate({"items": rows})


@router.get("/api/accounts")
def list_people(
    conn: Connection,
    _account: Administrator,
    q: Annotated[str, Query(max_length=100, pattern=NO_NUL)] = "",
    after: Id = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> People:
    """People by login or name; diacritics may be left out."""
    found = service.list_accounts(conn, wanted=q, after=after, limit=limit)
    return People.model_validate(
        {"items": [asdict(one) for one in found], "next": found[-1].id if len(found) == limit else None}
    )


def _person(conn: Conn, key: int) -> Person:
    found = service.list_accounts(conn, after=key - 1, limit=1)
    if not found or found[0].id != key:
        raise NotFound("no-account", "There is no such account.", "Không có tài khoản này.")
    return Person.model_validate(asdict(found[0]))


@router.post("/api/accounts", status_code=201)
def add_person(conn: Connection, _account: Administrator, body: PersonIn) -> Person:
    """An account without any role yet."""
    return _person(conn, service.add_account(conn, body.login, body.password, name=body.name))


@router.patch("/api/accounts/{account_id}")
def change_person(conn: Connection, _account: Administrator, account_id: int, body: PersonChange) -> Person:
    """Rename, close or open an account."""
    service.change(conn, account_id, name=body.name, disabled=body.disabled)
    return _person(conn, account_id)


@router.post("/api/accounts/{account_id}/assignments", status_code=201)
def give_role(conn: Connection, account: Administrator, account_id: int, body: AssignmentIn) -> Assignment:
    """Give a role in a unit where one is administrator; for the whole city (unit null) one must be that for the whole city."""
    require_in(account, "accounts.manage", body.unit or EVERYWHERE)
    _person(conn, account_id)
    given = assignments.give(
        conn,
        account_id,
        body.role,
        body.unit,
        valid_from=body.from_,
        valid_until=body.until,
        deputy_for=body.deputy_for,
        note=body.note,
    )
    return Assignment.model_validate(given)


@router.delete("/api/accounts/{account_id}/assignments/{assignment_id}", status_code=204)
def end_role(conn: Connection, _account: Administrator, account_id: int, assignment_id: int) -> None:
    """End a role now; it stays in the history."""
    assignments.end(conn, account_id, assignment_id)


@router.post("/api/accounts/{account_id}/totp/reset", status_code=204)
def reset_totp(conn: Connection, _account: Administrator, account_id: int) -> None:
    """Take a lost second factor away; the next sign-in sets up a new one."""
    service.reset_totp(conn, account_id)


@router.post("/api/accounts/{account_id}/password", status_code=204)
def set_password(conn: Connection, _account: Administrator, account_id: int, body: PasswordIn) -> None:
    """Give somebody a new password; all sessions of the person end."""
    service.set_password(conn, account_id, _person(conn, account_id).login, body.password)


@router.post("/api/units", status_code=201)
def add_unit(conn: Connection, account: Administrator, body: UnitIn) -> UnitOut:
    """A new unit; for the administrator of the whole city."""
    require_in(account, "accounts.manage", EVERYWHERE)
    row = conn.execute(
        "INSERT INTO register.unit (code, name, name_en, unit_type) VALUES (%s, %s, %s, %s) ON CONFLICT (code) DO NOTHING"
        " RETURNING code, name, name_en, unit_type AS type, ended_on, successor",
        [body.code, body.name, body.name_en, body.type],
    ).fetchone()
    if row is None:
        raise Malformed("unit-exists", f"There already is a unit {body.code}.", f"Đơn vị {body.code} đã có.")
    write_audit(conn, "unit.added", f"unit:{body.code}", unit=body.code)
    return UnitOut.model_validate(row)


@router.patch("/api/units/{code}")
def end_unit(conn: Connection, account: Administrator, code: UnitCode, body: UnitEnd) -> UnitOut:
    """A unit becomes part of another: its faces pass into the other's authority on that day, its people are carried over."""
    require_in(account, "accounts.manage", EVERYWHERE)
    return UnitOut.model_validate(assignments.end_unit(conn, code, body.ended_on, body.successor))
