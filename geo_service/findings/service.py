"""Findings for the routes, in the caller's transaction. Who may do what is decided by the database (imagery/findings/sql/functions.sql)."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import math
from typing import Any
from uuid import UUID

import shapely

from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.deps import Access
from geo_service.dossiers import service as dossiers
from geo_service.dossiers.schemas import DossierIn
from geo_service.findings import schemas
from geo_service.rights.service import audit
from imagery.findings import chips, precision, reading
from imagery.findings.reading import Filter, Sort
from imagery.render.warp import Bounds, degrees
from imagery.scenes import catalogue
from imagery.scenes.model import Scene
from layers.crs import FabricCrs
from layers.db import Connection
from layers.errors import EditRefused, Forbidden, Malformed, NotFound
from layers.register.rights.model import Sealer

INSPECTION = "NB.KIEMTRA"
"""The procedure of a case that officers open themselves."""
DOSSIER = """
    SELECT d.id, d.code, p.name_vi AS procedure_vi, p.name_en AS procedure_en, s.name_vi AS status_vi, s.name_en AS status_en, d.filed_at, d.finished_at
    FROM dossier.dossier d JOIN dossier.procedure p ON p.code = d.procedure JOIN dossier.status s ON s.code = d.status WHERE d.id = %s
"""
SHAPES = """
    SELECT ST_AsBinary(f.geom_web) AS finding, ST_AsBinary(v.geom_3857) AS parcel, ST_Y(ST_PointOnSurface(f.geom)) AS lat FROM imagery.finding f
    LEFT JOIN LATERAL (SELECT v.geom_3857 FROM fabric.parcel_version v WHERE v.parcel_id = f.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true WHERE f.id = %s
"""
TODAY = """
    WITH RECURSIVE down AS (SELECT %(parcel)s::bigint AS id UNION SELECT l.child FROM down JOIN fabric.lineage l ON l.parent = down.id)
    SELECT v.parcel_id FROM down JOIN fabric.parcel_version v ON v.parcel_id = down.id AND v.retired_by IS NULL AND v.kind = 'land'
    JOIN imagery.finding f ON f.id = %(finding)s AND ST_Intersects(f.geom_web, v.geom_3857)
    ORDER BY ST_Area(ST_Intersection(f.geom_web, v.geom_3857)) DESC LIMIT 50
"""
"""What the parcel of a finding has become, as far as the finding touches it; the most touched first."""


def listed(conn: Connection, wanted: Filter, sort: Sort, cursor: str | None) -> schemas.Findings:
    """A page of findings. Raises Malformed for a cursor of another list."""
    rows = reading.page(conn, wanted, sort, _read_cursor(cursor, sort))
    shown = rows[: reading.PAGE]
    more = len(rows) > len(shown)
    return schemas.Findings(
        items=[schemas.Brief.model_validate(row) for row in shown],
        next=_cursor(sort, shown[-1]["key"], shown[-1]["id"]) if more else None,
    )


def _cursor(sort: Sort, key: float, finding: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, key, str(finding)]).encode()).decode()


def _read_cursor(cursor: str | None, sort: Sort) -> tuple[float, UUID] | None:
    if cursor is None:
        return None
    try:
        made_for, key, finding = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        place = float(key), UUID(finding)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        made_for, place = None, (math.nan, UUID(int=0))
    if made_for != sort or not math.isfinite(place[0]):
        raise Malformed("bad-cursor", "This is no page of this list.", "Không có trang này trong danh sách.")
    return place


def counted(conn: Connection, wanted: Filter) -> schemas.Counts:
    """How many findings there are, by each facet, and the runs they are of."""
    return schemas.Counts.model_validate({**reading.counts(conn, wanted), "runs": reading.runs(conn)})


def full(conn: Connection, account: Account, finding: UUID) -> schemas.Finding:
    """Everything about a finding. Raises NotFound for one the reader may not see."""
    row = reading.one(conn, finding)
    place = row["unit"] or EVERYWHERE
    own = account.scopes is None
    inspection = _dossier(conn, row["dossier_id"])
    return schemas.Finding.model_validate(
        row
        | {
            "permitted_by": _dossier(conn, row["permitted_by"]),
            "inspection": inspection,
            "verdicts": reading.verdicts(conn, finding),
            "observed": reading.observed(conn, finding),
            "others": reading.others(conn, finding),
            "blocks": _blocks(conn, account, row),
            "chip": _chip(conn, finding, row["gsd_m"]),
            "may_judge": own and row["state"] != "superseded" and account.may("finding.judge", place),
            "may_inspect": own and row["state"] != "superseded" and row["unit"] is not None and inspection is None
            and account.may("desk.inspector", place),
        }
    )  # fmt: skip


def _dossier(conn: Connection, dossier: UUID | None) -> dict[str, Any] | None:
    """A dossier in short, if the reader may see it."""
    return conn.execute(DOSSIER, (dossier,)).fetchone() if dossier else None


def _blocks(conn: Connection, account: Account, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Blocks that stand on the parcel today, also by way of what it came from, for officers who may read rights there."""
    if row["parcel"] is None or not account.may("rights.read", row["unit"]):
        return []
    return conn.execute(
        "SELECT b.id, b.kind, b.reason FROM rights.blocks_on(%s) b WHERE rights.stands(b.valid) ORDER BY b.id",
        (row["parcel"]["id"],),
    ).fetchall()


def _frame(conn: Connection, finding: UUID, gsd_m: float) -> tuple[chips.Frame, list[shapely.Geometry], float]:
    """The square of a finding, its shapes (the finding, and its parcel if it has one) and its latitude in degrees."""
    row = conn.execute(SHAPES, (finding,)).fetchone()
    if row is None:
        raise reading.no_such_finding()
    shapes = [shapely.from_wkb(bytes(row[name])) for name in ("finding", "parcel") if row[name] is not None]
    return chips.frame(shapes, gsd_m, row["lat"]), shapes, row["lat"]


def _chip(conn: Connection, finding: UUID, gsd_m: float) -> dict[str, Any]:
    square, shapes, latitude = _frame(conn, finding, gsd_m)
    drawn = [chips.outline(shape, square) for shape in shapes]
    return {
        "finding": drawn[0],
        "parcel": drawn[1] if len(drawn) > 1 else [],
        "side_m": square.side * math.cos(math.radians(latitude)),
    }


def chip_of(conn: Connection, finding: UUID, moment: schemas.Moment) -> tuple[Scene, Bounds]:
    """Which scene shows a finding before or after, and the square to show in degrees. Raises NotFound, also when the scene's files were removed."""
    row = reading.one(conn, finding)
    square, _shapes, _latitude = _frame(conn, finding, row["gsd_m"])
    return catalogue.get(conn, row[f"{moment}_id"]), degrees(square.bounds)


def judge(conn: Connection, account: Account, finding: UUID, body: schemas.VerdictIn) -> schemas.Finding:
    """Say what was found on the ground; the last word holds, every word is kept. Raises what `refusals` names."""
    photo = bytes.fromhex(body.photo) if body.photo else None
    conn.execute("SELECT imagery.judge(%s, %s, %s, %s, %s)", (finding, body.revision, body.verdict, body.note, photo))
    return full(conn, account, finding)


def check_photo(conn: Connection, finding: UUID) -> None:
    """Raises what keeping a photo of the finding would."""
    conn.execute("SELECT imagery.check_photo(%s)", (finding,))


def keep_photo(conn: Connection, finding: UUID, sha256: bytes, size: int) -> None:
    """Put on record that a picture in the store is of this finding."""
    conn.execute("SELECT imagery.keep_photo(%s, %s, %s)", (finding, sha256, size))


def find_photo(access: Access, finding: UUID, sha256: bytes) -> None:
    """Whether the reader may have a photo; reading it is logged. Raises NotFound, and Forbidden for an access token: a photo may show people."""
    if access.account is not None and access.account.scopes is not None:
        raise Forbidden(
            "token-reads-no-photos",
            "Photos are looked at by people who are signed in, not with an access token.",
            "Ảnh hiện trường chỉ được xem khi đăng nhập, không dùng mã truy cập.",
        )
    row = access.conn.execute(
        "SELECT f.unit FROM imagery.photo p JOIN imagery.finding f ON f.id = p.finding_id WHERE p.finding_id = %s AND p.sha256 = %s",
        (finding, sha256),
    ).fetchone()
    if row is None:
        raise NotFound("no-such-photo", "There is no such photo of this finding.", "Phát hiện này không có ảnh đó.")
    audit(access.conn, "document.read", f"finding:{finding}", row["unit"], {"photo": sha256.hex()})


def inspect(
    conn: Connection, crs: FabricCrs, sealer: Sealer, account: Account, finding: UUID, body: schemas.InspectionIn
) -> schemas.Opened:
    """Open an inspection about a finding: a dossier of its parcel as it is today, that says what was seen. Raises NotFound for a finding the reader may
    not see, EditRefused outside the communes on record, and what `refusals` names."""
    row = reading.one(conn, finding)
    if row["unit"] is None:
        raise EditRefused(
            "no-unit",
            "This place lies in no commune on record, so no desk could take the inspection.",
            "Vị trí này không thuộc đơn vị nào trong hệ thống nên chưa có nơi thụ lý kiểm tra.",
        )
    reason = body.reason or " ".join(sentence["vi"] for sentence in row["evidence"])[:4_000]
    made = dossiers.file(
        conn,
        crs,
        sealer,
        account,
        DossierIn(
            procedure=INSPECTION,
            parcels=[str(key) for key in _parcels(conn, row)],
            form={"sign": "imagery", "reason": reason or "Biến động phát hiện từ ảnh viễn thám."},
            received_unit=row["unit"],
            channel=2,
        ),
    )
    conn.execute("SELECT imagery.bind_inspection(%s, %s)", (finding, made.id))
    return schemas.Opened(dossier=made.id, code=made.code)


def _parcels(conn: Connection, row: dict[str, Any]) -> list[int]:
    """The parcel of a finding, or what it has become."""
    if row["parcel"] is None:
        return []
    rows = conn.execute(TODAY, {"parcel": row["parcel"]["id"], "finding": row["id"]}).fetchall()
    return [one["parcel_id"] for one in rows]


def precisions(conn: Connection) -> schemas.Precision:
    """How often findings turned out right."""
    groups = {
        name: [row | {share: dataclasses.asdict(row[share]) for share in ("changed", "unpermitted")} for row in rows]
        for name, rows in precision.precision(conn).items()
    }
    return schemas.Precision.model_validate({"least": precision.LEAST, **groups})
