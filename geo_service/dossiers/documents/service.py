"""Papers of dossiers, in the caller's transaction. Who may do what when is decided by the database (sql/functions.sql)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from geo_service.deps import Access
from geo_service.dossiers.documents import schemas
from geo_service.dossiers.documents.sniff import Looked
from geo_service.dossiers.refusals import no_such_dossier
from geo_service.rights.service import audit
from layers.db import Connection
from layers.errors import Forbidden, NotFound, Stale

ISSUED = re.compile(r"paper:(\d\d):\d+")
COLUMNS = """
    x.id, x.type, x.version, x.name, x.media_type, x.bytes, x.pages, encode(x.sha256, 'hex') AS sha256, x.kind, x.origin, x.added_at,
    x.type = 'other' OR NOT EXISTS (SELECT 1 FROM dossier.document n WHERE n.dossier_id = x.dossier_id AND n.type = x.type AND n.version > x.version
                                      AND n.removed_at IS NULL) AS current
"""


@dataclass(frozen=True)
class Found:
    """A paper that its reader may see."""

    name: str
    media_type: str
    sha256: bytes


def check_open(conn: Connection, dossier: UUID) -> None:
    """Raises NotFound for a dossier the account may not see, Stale when it may add no papers now."""
    row = conn.execute(
        "SELECT dossier.sees(%(id)s) AS seen, dossier.may_attach(%(id)s) AS open", {"id": dossier}
    ).fetchone()
    if row is None or not row["seen"]:
        raise no_such_dossier()
    if not row["open"]:
        raise Stale(
            "papers-closed",
            "No papers can be added to the dossier as it stands now.",
            "Hồ sơ đang ở bước không nhận thêm giấy tờ.",
        )


def attach(
    conn: Connection, dossier: UUID, paper: str, kind: int, looked: Looked, size: int, sha256: bytes
) -> schemas.Document:
    """Add a paper whose bytes are in the store. What the database refuses of it leaves as `refusals` words it."""
    row = conn.execute(
        "SELECT (dossier.attach(%s, %s, %s, %s, %s, %s, %s, %s::smallint)).id",
        (dossier, paper, looked.name, looked.media_type, size, looked.pages, sha256, kind),
    ).fetchone()
    assert row is not None
    return _one(conn, row["id"])


def reuse(conn: Connection, dossier: UUID, document: int) -> schemas.Document:
    """Take a paper of an earlier dossier over."""
    row = conn.execute("SELECT (dossier.reuse(%s, %s)).id", (dossier, document)).fetchone()
    assert row is not None
    return _one(conn, row["id"])


def detach(conn: Connection, document: int) -> None:
    """Take a paper back. Raises NotFound for one the account may not see."""
    if (
        conn.execute("SELECT 1 FROM dossier.document WHERE id = %s AND removed_at IS NULL", (document,)).fetchone()
        is None
    ):
        raise no_such_document()
    conn.execute("SELECT dossier.detach(%s)", (document,))


def listed(conn: Connection, dossier: UUID, limit: int) -> schemas.Documents:
    """All papers that were not taken back, and the checklist of the procedure."""
    row = conn.execute(
        "SELECT dossier.papers_wanted(%(id)s) AS wanted, dossier.may_attach(%(id)s) AS open", {"id": dossier}
    ).fetchone()
    assert row is not None
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM dossier.document x WHERE x.dossier_id = %s AND x.removed_at IS NULL ORDER BY x.id",
        (dossier,),
    )
    return schemas.Documents(
        items=[_out(one) for one in rows],
        checklist=[schemas.Wanted.model_validate(one) for one in row["wanted"]],
        may_attach=row["open"],
        limit_bytes=limit,
    )


def find(access: Access, document: int, *, how: str) -> Found:
    """A paper to give out. Whom it does not concern is logged as having read it.

    Raises NotFound for a paper that was taken back, belongs to others, or does not exist (the three look the same), Forbidden for an access token:
    a scan shows in clear what is masked elsewhere.
    """
    if access.account is not None and access.account.scopes is not None:
        raise Forbidden(
            "token-reads-no-papers",
            "Papers are read by people who are signed in, not with an access token.",
            "Giấy tờ chỉ được đọc khi đăng nhập, không dùng mã truy cập.",
        )
    row = access.conn.execute(
        "SELECT x.dossier_id, x.name, x.media_type, x.sha256, x.type, d.competent_unit, dossier.is_applicant(d) AS own"
        " FROM dossier.document x JOIN dossier.dossier d ON d.id = x.dossier_id WHERE x.id = %s AND x.removed_at IS NULL",
        (document,),
    ).fetchone()
    if row is None:
        raise no_such_document()
    if not row["own"]:
        what = {"document": document, "type": row["type"], "how": how}
        audit(access.conn, "document.read", f"dossier:{row['dossier_id']}", row["competent_unit"], what)
    return Found(row["name"], row["media_type"], bytes(row["sha256"]))


def no_such_document() -> NotFound:
    return NotFound("no-such-document", "There is no such paper.", "Không có giấy tờ này.")


def _one(conn: Connection, document: int) -> schemas.Document:
    row = conn.execute(f"SELECT {COLUMNS} FROM dossier.document x WHERE x.id = %s", (document,)).fetchone()
    assert row is not None
    return _out(row)


def _out(row: dict[str, Any]) -> schemas.Document:
    issued = ISSUED.fullmatch(row["type"])
    return schemas.Document.model_validate(row | {"form": issued[1] if issued else None})


def disposition(name: str, how: str = "attachment") -> str:
    """Content-Disposition with the name as it is (RFC 6266, RFC 8187) and one without diacritics for who cannot read that."""
    bare = unicodedata.normalize("NFKD", name.translate(str.maketrans("đĐ", "dD"))).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._ -]", "_", bare).strip() or "tep"
    return f"{how}; filename=\"{safe}\"; filename*=UTF-8''{quote(name, safe='')}"
