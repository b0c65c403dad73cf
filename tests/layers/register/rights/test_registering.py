"""Registrations: shares, exclusive land, bitemporal reading; and what plain SQL cannot do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import Malformed, NotFound
from layers.register.rights import reading
from layers.register.rights.model import Member, NewCertificate, NewParty
from layers.register.rights.reading import Asof
from tests.layers.register.rights.holders import (
    CERTIFICATE,
    COMPANY,
    COUPLE,
    LAN,
    OTHERS,
    SEN,
    TRUC,
    VAULT,
    Conn,
    enter,
    right,
)


def shares(conn: Conn, parcel: int, asof: Asof = reading.NOW) -> dict[str, str]:
    units = reading.describe(conn, reading.ba_units_on(conn, parcel, asof), asof)
    people = reading.parties(conn, (r["party_id"] for u in units for r in u["rights"]))
    return {people[r["party_id"]]["name"]: f"{r['share_num']}/{r['share_den']}" for u in units for r in u["rights"]}


def test_a_registration_is_read_back(land: Conn) -> None:
    done = enter(land, right(COUPLE, certificate=CERTIFICATE), parcels=(1, 2))
    (unit,) = reading.describe(land, [done.ba_unit])
    assert [parcel["id"] for parcel in unit["parcels"]] == [1, 2]
    assert [(c["serial"], c["generation"], c["status"]) for c in unit["certificates"]] == [
        ("BX 123456", "gcn2014", "in_force")
    ]
    (held,) = unit["rights"]
    assert held["certificate_id"] == unit["certificates"][0]["id"] and held["source"] == "Hồ sơ thử"
    people = reading.parties(land, [held["party_id"]])
    assert [(num, den) for _, num, den in people[held["party_id"]]["members"]] == [(1, 2), (1, 2)]
    lan = next(row for row in people.values() if row["name"] == LAN.name)
    assert VAULT.open(lan["identity_sealed"], f"identity:{lan['id']}") == LAN.identity_number
    assert b"999190000001" not in bytes(lan["identity_sealed"])


def test_no_personal_value_is_in_the_database_in_clear(land: Conn) -> None:
    enter(land, right(LAN))
    text = str(land.execute("SELECT string_agg(t::text, ' ') AS all FROM rights.personal t").fetchone())
    for value in (LAN.identity_number, LAN.phone, "Hoa Sữa"):
        assert value is not None and value not in text and value.encode().hex() not in text


def test_the_same_number_is_the_same_person(land: Conn) -> None:
    first = enter(land, right(LAN))
    again = enter(land, right(replace(LAN, name="NGUYEN THI NGOC LAN")), parcels=(2,))
    assert first.parties == again.parties
    assert enter(land, right(COMPANY), parcels=(3,)).parties == enter(land, right(COMPANY), parcels=(4,)).parties


@pytest.mark.parametrize("share", [("1/2",), ("1/2", "1/3"), ("1/3", "1/3", "1/3", "1/3"), ("999999/1000000",)])
def test_shares_must_be_whole(land: Conn, share: tuple[str, ...]) -> None:
    people = (LAN, SEN, TRUC, COMPANY)
    with pytest.raises(Malformed) as error:
        enter(land, *(right(who, part) for who, part in zip(people, share, strict=False)))
    assert error.value.slug == "shares"
    assert land.execute("SELECT count(*) AS n FROM rights.rrr").fetchone() == {"n": 0}


def test_ends_of_their_own_are_counted_day_by_day(land: Conn) -> None:
    with pytest.raises(Malformed, match="sum to 1/2"):
        enter(land, right(LAN, "1/2", valid_to=date(2021, 1, 1)), right(SEN, "1/2"))
    enter(land, right(LAN, "1/2", valid_to=date(2021, 1, 1)), right(SEN, "1/2", valid_to=date(2021, 1, 1)))


def test_other_kinds_of_rights_need_no_whole(land: Conn) -> None:
    enter(
        land,
        right(LAN),
        right(SEN, "1/2", type="lease"),
        right(None, type="corridor", cls="restriction"),
        right(LAN, type="fee_debt", cls="responsibility"),
    )
    with pytest.raises(Malformed, match="is not a"):
        enter(land, right(LAN, type="lease", cls="restriction"), parcels=(2,))
    with pytest.raises(Malformed, match="says not whose"):
        enter(land, right(None), parcels=(2,))


def test_land_has_one_set_of_exclusive_rights_flats_may_share_theirs(land: Conn) -> None:
    enter(land, right(LAN))
    with pytest.raises(Malformed) as error:
        enter(land, right(SEN))
    assert error.value.slug == "land-has-rights"
    for who in (SEN, TRUC):
        enter(land, right(who), parcels=(2,), kind="apartment")


def test_land_of_another_commune_and_unknown_things(land: Conn) -> None:
    for more, slug in (
        ({"parcels": (26,)}, "other-unit"),
        ({"parcels": (10**9,)}, "other-unit"),
        ({"parcels": ()}, "nothing-to-register"),
    ):
        with pytest.raises(Malformed) as error:
            enter(land, right(LAN), **more)
        assert error.value.slug == slug
    with pytest.raises(NotFound):
        enter(land, right(LAN), ba_unit=77)
    with pytest.raises(NotFound):
        enter(land, right(NewParty(id=77)))
    done = enter(land, right(LAN))
    with pytest.raises(NotFound):  # its unit is another
        enter(land, right(LAN), ba_unit=done.ba_unit, unit=OTHERS)
    with pytest.raises(Malformed, match="Name the document"):
        enter(land, right(LAN), source=" ", parcels=(2,))


def test_a_certificate_is_on_record_once(land: Conn) -> None:
    enter(land, right(LAN, certificate=CERTIFICATE))
    with pytest.raises(Malformed) as error:
        enter(land, right(SEN, certificate=replace(CERTIFICATE, serial="bx123456")), parcels=(2,))
    assert error.value.slug == "serial-taken"


def test_a_change_ends_what_was_and_a_new_certificate_supersedes(land: Conn) -> None:
    done = enter(land, right(LAN, certificate=CERTIFICATE))
    before = land.execute("SELECT clock_timestamp() AS at").fetchone()["at"]  # type: ignore[index]
    land.commit()
    sold = NewCertificate("AA 06654954", date(2025, 6, 1))
    enter(land, right(SEN, certificate=sold), ba_unit=done.ba_unit, parcels=None, valid_from=date(2025, 6, 1))
    assert shares(land, 1) == {SEN.name: "1/1"}
    assert shares(land, 1, Asof(valid=date(2025, 5, 31))) == {LAN.name: "1/1"}
    assert shares(land, 1, Asof(valid=date(2019, 12, 31))) == {}
    # what the register believed then about a later day
    assert shares(land, 1, Asof(valid=date(2025, 7, 1), recorded=before)) == {LAN.name: "1/1"}
    status = {row["serial"]: row["status"] for row in land.execute("SELECT serial, status FROM rights.certificate")}
    assert status == {"BX 123456": "superseded", "AA 06654954": "in_force"}


def test_a_correction_was_never_so_but_is_remembered(land: Conn) -> None:
    done = enter(land, right(SEN))
    believed = land.execute("SELECT clock_timestamp() AS at").fetchone()["at"]  # type: ignore[index]
    land.commit()
    enter(land, right(LAN), ba_unit=done.ba_unit, parcels=None, mode="correction")
    day = Asof(valid=date(2020, 6, 1))
    assert shares(land, 1, day) == {LAN.name: "1/1"}
    assert shares(land, 1, Asof(valid=date(2020, 6, 1), recorded=believed)) == {SEN.name: "1/1"}
    # "what did we believe then about that day", and no row was lost
    assert land.execute("SELECT count(*) AS n FROM rights.rrr").fetchone() == {"n": 2}


def test_rights_end_with_nobody_after_them(land: Conn) -> None:
    done = enter(land, right(LAN))
    enter(land, ba_unit=done.ba_unit, parcels=(), valid_from=date(2024, 1, 1))
    assert shares(land, 1) == {} and shares(land, 1, Asof(valid=date(2023, 12, 31))) == {LAN.name: "1/1"}
    enter(land, right(SEN), valid_from=date(2024, 1, 1))
    assert shares(land, 1) == {SEN.name: "1/1"}


def test_two_registrations_in_one_transaction_and_a_clock_that_moved_back(land: Conn) -> None:
    done = enter(land, right(LAN))
    land.execute(
        "ALTER TABLE rights.rrr DISABLE TRIGGER USER; UPDATE rights.rrr SET recorded = tstzrange(now() + interval '1 hour', NULL);"
        " ALTER TABLE rights.rrr ENABLE TRIGGER USER"
    )
    land.commit()
    enter(land, right(SEN), ba_unit=done.ba_unit, parcels=None, valid_from=date(2021, 1, 1))
    enter(land, right(TRUC), ba_unit=done.ba_unit, parcels=None, valid_from=date(2022, 1, 1))
    assert shares(land, 1) == {TRUC.name: "1/1"}
    assert shares(land, 1, Asof(valid=date(2021, 6, 1))) == {SEN.name: "1/1"}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM rights.rrr",
        "TRUNCATE rights.consent",
        "UPDATE rights.rrr SET share_den = 2",
        "UPDATE rights.rrr SET valid = daterange('2000-01-01', NULL)",
        "UPDATE rights.ba_unit_parcel SET parcel_id = 2",
        "UPDATE rights.certificate SET serial = 'CX 999999'",
        "UPDATE rights.party SET kind = 'group'",
        "UPDATE rights.ba_unit SET unit = '00008'",
        "UPDATE rights.group_member SET share_den = 3",
        "DELETE FROM rights.personal",
    ],
)
def test_the_owner_cannot_rewrite_it_either(land: Conn, statement: str) -> None:
    enter(land, right(COUPLE, certificate=CERTIFICATE))
    with pytest.raises(psycopg.DatabaseError) as error:
        land.execute(statement)
    assert error.value.sqlstate in ("GR003", "GF010"), error.value


def test_what_is_closed_stays_closed(land: Conn) -> None:
    enter(land, right(LAN))
    land.execute("UPDATE rights.rrr SET recorded = 'empty'")
    for value in ("'empty'", "tstzrange(now(), NULL)"):
        with pytest.raises(psycopg.DatabaseError, match="not altered"), land.transaction():
            land.execute(f"UPDATE rights.rrr SET recorded = {value}")


def test_whoever_inserts_a_share_by_hand_meets_the_trigger(land: Conn) -> None:
    done = enter(land, right(LAN))
    insert = (
        "INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, source, valid)"
        f" SELECT {done.ba_unit}, 'right', 'land_use', id, 1, 1000000, 'x', daterange('2020-01-01', NULL) FROM rights.party WHERE name = %s"
    )
    enter(land, right(SEN), parcels=(2,))
    land.execute(insert, (SEN.name,))
    with pytest.raises(psycopg.DatabaseError) as error:
        land.commit()
    assert error.value.sqlstate == "GR001"


def test_two_writers_cannot_give_the_land_away_twice(land: Conn, database_url: str) -> None:
    """Each adds a whole; each alone would pass."""
    done = enter(land, right(LAN))
    enter(land, ba_unit=done.ba_unit, parcels=None, valid_from=date(2024, 1, 1))
    enter(land, right(SEN), right(TRUC, type="lease"), parcels=(2,))
    insert = (
        "INSERT INTO rights.rrr (ba_unit, class, type, party_id, source, valid)"
        f" SELECT {done.ba_unit}, 'right', 'land_use', id, 'x', daterange('2024-01-01', NULL) FROM rights.party WHERE name = %s"
    )
    for level in ("READ COMMITTED", "REPEATABLE READ"):
        with psycopg.connect(database_url) as one, psycopg.connect(database_url) as two:
            for conn, who in ((one, SEN), (two, TRUC)):
                conn.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                conn.execute(insert, (who.name,))
            one.execute("SET CONSTRAINTS ALL IMMEDIATE")
            two.execute("SET lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                two.execute("SET CONSTRAINTS ALL IMMEDIATE")
            one.rollback()
            two.rollback()
        with psycopg.connect(database_url) as one, psycopg.connect(database_url) as two:
            for conn, who in ((one, SEN), (two, TRUC)):
                conn.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                conn.execute(insert, (who.name,))
            one.commit()
            with pytest.raises(psycopg.DatabaseError) as error:
                two.commit()
            assert error.value.sqlstate in ("GR001", "40001")
        land.execute(
            "UPDATE rights.rrr SET recorded = 'empty' WHERE upper_inf(recorded) AND ba_unit = %s AND lower(valid) = '2024-01-01'",
            (done.ba_unit,),
        )
        land.commit()


def test_members_of_a_group_share_a_whole(land: Conn) -> None:
    thirds = NewParty("group", "Nhóm ba", members=tuple(Member(who, Fraction(1, 3)) for who in (LAN, SEN, TRUC)))
    enter(land, right(thirds))
    with pytest.raises(Malformed, match="sum to 2/3"):
        enter(land, right(replace(thirds, members=thirds.members[:2])), parcels=(2,))
    with pytest.raises(Malformed, match="twice"):
        enter(land, right(replace(thirds, members=(Member(LAN, Fraction(1, 2)),) * 2)), parcels=(2,))
    with pytest.raises(Malformed, match="Only a group"):
        enter(land, right(replace(LAN, identity_number=None, members=thirds.members)), parcels=(2,))
    # a group within a group
    land.execute("INSERT INTO rights.party (kind, name) VALUES ('group', 'Ngoài')")
    land.execute(
        "INSERT INTO rights.group_member SELECT max(id), min(id) FILTER (WHERE kind = 'group'), 1, 1 FROM rights.party"
    )
    with pytest.raises(psycopg.DatabaseError) as error:
        land.commit()
    assert error.value.sqlstate == "GR002"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=7), nudge=st.integers(-1, 1)
)
def test_the_database_counts_like_fractions(land: Conn, parts: list[tuple[int, int]], nudge: int) -> None:
    """Independent oracle: Python's Fraction, day by day, on rows put in by plain SQL."""
    total = sum(weight for weight, _ in parts)
    fractions = [Fraction(weight, total) for weight, _ in parts]
    fractions[0] += Fraction(nudge, 1000) if 0 < fractions[0] + Fraction(nudge, 1000) <= 1 else 0
    spans = [
        (date(2020, 1, 1), date(2020, 1, 1) + timedelta(days=30 * (1 + years)) if years else None) for _, years in parts
    ]
    days = {day for span in spans for day in span if day is not None}
    whole = all(
        sum((f for f, (a, b) in zip(fractions, spans, strict=True) if a <= day and (b is None or day < b)), Fraction(0))
        in (0, 1)
        for day in days
    )
    with land.transaction(force_rollback=True):
        unit = land.execute("INSERT INTO rights.ba_unit (kind, unit) VALUES ('land', '00004') RETURNING id").fetchone()[
            "id"
        ]  # type: ignore[index]
        for fraction, (since, until) in zip(fractions, spans, strict=True):
            who = land.execute(
                "INSERT INTO rights.party (kind, name) VALUES ('person', 'Ai đó') RETURNING id"
            ).fetchone()["id"]  # type: ignore[index]
            land.execute(
                "INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, source, valid)"
                " VALUES (%s, 'right', 'land_use', %s, %s, %s, 'x', daterange(%s, %s))",
                (unit, who, fraction.numerator, fraction.denominator, since, until),
            )
        try:
            with land.transaction():
                land.execute("SET CONSTRAINTS rights.rrr_shares IMMEDIATE")
            accepted = True
        except psycopg.DatabaseError as error:
            accepted = False
            refused_by = error.sqlstate
    assert accepted == whole and (accepted or refused_by == "GR001")
