"""Invented holders of rights for the sample city, reproducible from a seed. Nobody here exists.

Given names are plants and places, so no living person can be meant; identity numbers begin with 999, which is no province (their first three digits
name one), so none of them can be anybody's; certificates carry serials of all generations.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import count

from psycopg.types.json import Jsonb

from layers.db import Connection
from layers.register.rights import blocks
from layers.register.rights.certificates import generations
from layers.register.rights.model import (
    BlockKind,
    Member,
    NewCertificate,
    NewParty,
    NewRight,
    PartyKind,
    Registration,
    Sealer,
)
from layers.register.rights.registering import register
from layers.sample.names import PLACES, PLANTS

IMPOSSIBLE_PROVINCE = "999"
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
_MIDDLE = ("Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc")
_REASONS: tuple[tuple[BlockKind, str, str], ...] = (
    ("mortgage", "Đang thế chấp tại ngân hàng mô phỏng", "Hợp đồng thế chấp mô phỏng"),
    ("seizure", "Kê biên bảo đảm thi hành án (mô phỏng)", "Quyết định kê biên mô phỏng"),
    ("dispute", "Tranh chấp ranh giới đang giải quyết (mô phỏng)", "Thông báo thụ lý mô phỏng"),
    ("injunction", "Biện pháp khẩn cấp tạm thời (mô phỏng)", "Quyết định của tòa án mô phỏng"),
)
BLOCK_EVERY = 40  # parcels
FIRST_SERIAL = 100_000


@dataclass
class SampleRights:
    """What was made. `person`: the first person, alone holder of `parcel`, for a demonstration account."""

    units: int = 0
    registrations: int = 0
    blocks: int = 0
    person: int | None = None
    parcel: int | None = None
    identity_number: str | None = field(default=None, repr=False)


def load_sample_rights(conn: Connection, sealer: Sealer, *, seed: int = 1, limit: int = 200) -> SampleRights:
    """Rights on the first `limit` land parcels of each unit that have none, in the caller's transaction; one entry in the log."""
    rng = random.Random(seed)  # noqa: S311  (invented data, nothing secret)
    done = SampleRights()
    people = _people(rng)
    serials = count(FIRST_SERIAL)
    rows = conn.execute(
        """
        SELECT unit, parcel_id, address FROM (
            SELECT v.unit, v.parcel_id, v.address, row_number() OVER (PARTITION BY v.unit ORDER BY v.parcel_id) AS place
            FROM fabric.parcel_version v JOIN register.unit u ON u.code = v.unit
            WHERE v.retired_by IS NULL AND v.kind = 'land'
              AND NOT EXISTS (SELECT 1 FROM rights.ba_unit_parcel l WHERE l.parcel_id = v.parcel_id)) r
        WHERE place <= %s ORDER BY unit, parcel_id
        """,
        (limit,),
    ).fetchall()
    for number, row in enumerate(rows):
        kind: PartyKind = (
            "person"
            if number == 0
            else rng.choice(("person", "person", "couple", "couple", "household", "organisation"))
        )
        wish = _registration(rng, people, kind, row["unit"], row["parcel_id"], row["address"] or "Hà Nội", serials)
        made = register(conn, sealer, wish)
        if number == 0:
            done.person, done.parcel = made.parties[0], row["parcel_id"]
            party = wish.rights[0].party
            done.identity_number = party.identity_number if party else None
        if number % BLOCK_EVERY == BLOCK_EVERY - 1:
            block, reason, source = _REASONS[number // BLOCK_EVERY % len(_REASONS)]
            blocks.put(conn, row["parcel_id"], row["unit"], kind=block, reason=reason, source=source)
            done.blocks += 1
    done.units = len({row["unit"] for row in rows})
    done.registrations = len(rows)
    conn.execute(
        "SELECT audit.write('rights.sampled', 'register', NULL, %s)",
        (Jsonb({"registrations": done.registrations, "blocks": done.blocks, "seed": seed}),),
    )
    return done


def _people(rng: random.Random) -> Iterator[NewParty]:
    """Persons without end, each with another identity number."""
    words = PLANTS + PLACES
    for number in count(1):
        born = rng.randint(1940, 2004)
        century = 2 * (born // 100 - 19) + rng.randint(0, 1)
        yield NewParty(
            "person",
            f"{rng.choice(_SURNAMES)} {rng.choice(_MIDDLE)} {rng.choice(words)}",
            identity_number=f"{IMPOSSIBLE_PROVINCE}{century}{born % 100:02}{number:06}",
            phone=f"0000{number:06}",
            address=f"Số {rng.randint(1, 200)} Phố {rng.choice(words)}, Phường Mô Phỏng, Hà Nội",
            birth_year=born,
        )


def _party(rng: random.Random, people: Iterator[NewParty], kind: PartyKind, number: int) -> NewParty:
    if kind == "person":
        return next(people)
    if kind == "organisation":
        name = f"Công ty {rng.choice(PLANTS)} {number} (mô phỏng)"
        return NewParty("organisation", name, organisation_number=f"MP-{number:08}")
    one, other = next(people), next(people)
    name = f"{'Vợ chồng' if kind == 'couple' else 'Hộ'} {one.name} – {other.name}"
    return NewParty(kind, name, members=(Member(one, Fraction(1, 2)), Member(other, Fraction(1, 2))))


def _registration(
    rng: random.Random,
    people: Iterator[NewParty],
    kind: PartyKind,
    unit: str,
    parcel: int,
    place: str,
    serials: Iterator[int],
) -> Registration:
    number = next(serials)
    certificate = _certificate(rng, number, f"Cơ quan cấp giấy mô phỏng, {place.rsplit(',', 1)[-1].strip()}")
    holders: list[tuple[NewParty, Fraction]] = [(_party(rng, people, kind, number), Fraction(1))]
    if kind == "person" and parcel % 7 == 0:
        thirds = [Fraction(1, 3)] * 3
        holders = [
            (holder, share) for holder, share in zip([holders[0][0], next(people), next(people)], thirds, strict=True)
        ]
    return Registration(
        unit=unit,
        source="Dữ liệu mô phỏng",
        valid_from=certificate.issued_on,
        rights=tuple(NewRight("land_use", holder, share, certificate=certificate) for holder, share in holders),
        parcels=(parcel,),
    )


def _certificate(rng: random.Random, number: int, issuer: str) -> NewCertificate:
    """A certificate of any generation. Its number makes the serial unique, also where the letters are the same."""
    generation = rng.choice([one for one in generations() if one.grade == "C"])
    first = max(generation.first_day, date(1994, 1, 1))
    last = min(generation.last_day, date(2026, 6, 30))
    day = first + timedelta(days=rng.randint(0, (last - first).days))
    letters = next(
        one
        for one in (rng.choice(("AA", "AB", "BA", "BX", "CA", "CX", "A", "B")) for _ in count())
        if generation.has_form(one, "0" * generation.digits)
    )
    return NewCertificate(f"{letters} {number:0{generation.digits}}", day, f"MP {number}", issuer)
