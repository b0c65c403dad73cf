"""Land with holders for tests: two communes, people whose numbers begin with 999 (no province), a vault."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import psycopg
from psycopg.rows import DictRow

from geo_service.personal.vault import Vault
from layers.fabric.load import load_faces
from layers.register.rights.model import Member, NewCertificate, NewParty, NewRight, Registration
from layers.register.rights.registering import Registered, register
from layers.register.rights.seed import seed
from tests.layers.fabric.fabrics import grid_batch

Conn = psycopg.Connection[DictRow]
VAULT = Vault(bytes(range(32)))
OURS, OTHERS = "00004", "00008"
LAN = NewParty(
    "person",
    "Nguyễn Thị Ngọc Lan",
    identity_number="999190000001",
    phone="0000000001",
    address="Số 7 Phố Hoa Sữa, Phường Ba Đình, Hà Nội",
    birth_year=1990,
)
SEN = NewParty("person", "Trần Văn Sen Hồng", identity_number="999080000002", address="Ngõ 3, Xã Mô Phỏng, Hà Nội")
TRUC = NewParty("person", "Lê Thị Trúc Xanh", identity_number="999185000003")
COUPLE = NewParty("couple", "Vợ chồng Lan – Sen", members=(Member(LAN, Fraction(1, 2)), Member(SEN, Fraction(1, 2))))
COMPANY = NewParty("organisation", "Công ty Lộc Vừng (mô phỏng)", organisation_number="0999999999")
CERTIFICATE = NewCertificate("BX 123456", date(2015, 3, 1), "CS-01", "UBND mô phỏng")


def land(conn: Conn) -> None:
    """Parcels 1 to 25 in unit 00004, 26 to 30 in 00008, all of 6 x 15 m."""
    seed(conn)
    load_faces(conn, grid_batch(5, 5), reason="lưới")
    other = grid_batch(5, 1, x0=585_100)
    other.attributes["unit"] = OTHERS
    load_faces(conn, other, reason="lưới khác")
    conn.commit()


def right(party: NewParty | None, share: str = "1", **more: object) -> NewRight:
    return NewRight(**{"type": "land_use", "party": party, "share": Fraction(share), **more})  # type: ignore[arg-type]


def enter(conn: Conn, *rights: NewRight, parcels: tuple[int, ...] | None = (1,), **more: object) -> Registered:
    """Register and commit."""
    facts = {"unit": OURS, "source": "Hồ sơ thử", "valid_from": date(2020, 1, 1), "rights": rights, "parcels": parcels}
    done = register(conn, VAULT, Registration(**{**facts, **more}))  # type: ignore[arg-type]
    conn.commit()
    return done
