"""A world of dossiers and connections that run any SQL under the logins of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from geo_service.database import Login
from tests.conftest import Databases
from tests.geo_service.accounts.people import Conn, as_login
from tests.geo_service.authority import desk
from tests.geo_service.authority.ground import STATE
from tests.geo_service.authority.world import UNIT, Person, World, a_world

DENIED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
KEPT = (
    *(table for table in STATE if table != "accounts.token"),  # whose last use is noted
    *(
        f"dossier.{table}"
        for table in (
            "dossier", "applicant", "parcel", "event", "clock", "document", "comment", "payment", "outbox", "inbox", "counter", "agency", "procedure",
            "procedure_version", "step", "action", "variation", "calendar_day", "office_hours", "office_day", "outage", "clock_threshold", "tally", "stay",
        )
    ),
)  # fmt: skip


@contextmanager
def plain_world(databases: Databases, folder: Path) -> Iterator[World]:
    """People with a session each, one of them a stranger, one an officer of another unit."""
    url = databases.create()
    folder.mkdir()
    with a_world(url, folder) as made:
        made.people["citizen of another place"] = Person("", account=desk.stranger(made), level=1)
        other = made.account(
            ("reception", "land_officer", "approver", "registrar", "leader"), UNIT["other"], "elsewhere"
        )
        made.people["officer elsewhere"] = Person("", "elsewhere", other)
        for person in made.people.values():
            made.open(person)
        yield made
    databases.drop(url)


def connecting(world: World) -> Callable[..., Any]:
    """What opens a connection for one of the people, or for a login without anybody."""

    def connect(who: str | None = None, login: Login = "geo_service") -> Any:
        secret = world.people[who].secret if who else None
        return as_login(world.settings.database_url, world.settings, login, secret)

    return connect


def state(world: World) -> dict[str, str]:
    return {
        table: world.one(f"SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS k FROM {table} t")[
            "k"
        ]
        for table in KEPT
    }


def refused(conn: Conn, statement: str, values: list[Any] | None = None) -> str:
    """The SQLSTATE with which a statement is refused; what was before it stays."""
    with pytest.raises(psycopg.DatabaseError) as error, conn.transaction():
        conn.execute(statement, values)
    return error.value.sqlstate or ""


def opened_by_hand(
    conn: Conn,
    *,
    parcels: list[int],
    received: str | None,
    competent: str | None = None,
    channel: int = 2,
    account: int | None = None,
    party: int | None = None,
) -> str:
    key = str(uuid4())
    conn.execute(
        "SELECT dossier.open(%s, %s, %s, %s, %s::smallint, %s::bigint[], '{}', %s, %s)",
        [key, desk.SPLIT, received, competent, channel, parcels, account, party],
    )
    return key
