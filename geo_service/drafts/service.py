"""Rules of drafts. A draft is its officer's alone until it is submitted; then who decides can see it, approve it or return it, never change it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import shapely
from psycopg.types.json import Jsonb

from geo_service.accounts.guards import require_in
from geo_service.accounts.models import Account
from geo_service.accounts.sessions import write_audit
from geo_service.drafts.schemas import CommitIn, Draft, DraftIn, PreviewIn, ReturnIn, SubmitIn
from layers.crs import FabricCrs, polygon_from_rings
from layers.db import Connection
from layers.errors import EditRefused, Forbidden, NotFound, Stale
from layers.fabric import edits, intents, ledger
from layers.fabric.model import Delta, Face, State
from layers.fabric.planar import face_doubled_area
from layers.register.labels import label_of
from layers.register.rules.judging import stopping
from layers.register.rules.model import Moment
from layers.register.rules.reading import judge_delta

COLUMNS = (
    "id, owner, base_seq, (SELECT seq FROM feed.head) AS seq, reason, status, intents, committed_seq, created_at, updated_at,"
    " submitted_at, returned_by, returned_note, dossier_id"
)


def create(conn: Connection, crs: FabricCrs, account: Account, body: DraftIn) -> Draft:
    resolved = intents.to_json(intents.resolve(body.intents or (), crs))
    row = conn.execute(
        f"INSERT INTO work.draft (owner, reason, intents, base_seq) VALUES (%s, %s, %s, (SELECT seq FROM feed.head)) RETURNING {COLUMNS}",
        (account.login, body.reason or "", Jsonb(resolved)),
    ).fetchone()
    return Draft.model_validate(row)


def mine(conn: Connection, account: Account) -> list[Draft]:
    """Drafts one works on or waits for, newest first."""
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM work.draft WHERE owner = %s AND status IN ('open', 'submitted') ORDER BY updated_at DESC LIMIT 100",
        (account.login,),
    ).fetchall()
    return [Draft.model_validate(row) for row in rows]


def to_decide(conn: Connection, account: Account) -> list[Draft]:
    """Submitted drafts of others, longest waiting first; row-level security leaves those whose faces all lie in the account's units."""
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM work.draft WHERE status = 'submitted' AND owner <> %s ORDER BY submitted_at LIMIT 200",
        (account.login,),
    ).fetchall()
    return [Draft.model_validate(row) for row in rows]


def get(conn: Connection, account: Account, draft_id: UUID, *, lock: bool = False) -> Draft:
    """The account's own draft, or one that was submitted and that it may decide on.

    Raises NotFound for anybody else's, as if it did not exist (row-level security sees to that).
    """
    row = conn.execute(
        f"SELECT {COLUMNS} FROM work.draft WHERE id = %s{' FOR UPDATE' if lock else ''}", (draft_id,)
    ).fetchone()
    if row is None or (
        row["owner"] != account.login and not (row["status"] == "submitted" and account.may("edit.approve"))
    ):
        raise NotFound("no-such-draft", "There is no such draft.", "Không có bản thảo này.")
    return Draft.model_validate(row)


CLOSED = {
    "submitted": "Bản thảo này đang chờ duyệt.",
    "committed": "Bản thảo này đã được ghi.",
    "discarded": "Bản thảo này đã bị hủy.",
}


def _open(conn: Connection, account: Account, draft_id: UUID) -> Draft:
    """The account's own draft while it works on it."""
    draft = get(conn, account, draft_id, lock=True)
    if draft.status != "open":
        raise Stale(
            "draft-closed",
            f"This draft is already {draft.status}.",
            CLOSED[draft.status],
            committed_seq=draft.committed_seq,
        )
    return draft


def _alone(draft: Draft) -> None:
    """A drawing of a dossier is handed over, returned and decided with the dossier. Raises EditRefused."""
    if draft.dossier_id is not None:
        raise EditRefused(
            "dossier-decides",
            "This drawing belongs to a dossier: act on the dossier.",
            "Bản vẽ này thuộc một hồ sơ: hãy thao tác trên hồ sơ.",
            dossier=str(draft.dossier_id),
        )


def change(conn: Connection, crs: FabricCrs, account: Account, draft_id: UUID, body: DraftIn) -> Draft:
    draft = _open(conn, account, draft_id)
    resolved = draft.intents if body.intents is None else intents.to_json(intents.resolve(body.intents, crs))
    # A draft that is empty again starts from the newest state.
    row = conn.execute(
        f"UPDATE work.draft SET reason = coalesce(%s, reason), intents = %s, updated_at = now(),"
        f" base_seq = CASE WHEN jsonb_array_length(intents) = 0 THEN (SELECT seq FROM feed.head) ELSE base_seq END"
        f" WHERE id = %s RETURNING {COLUMNS}",
        (body.reason, Jsonb(resolved), draft_id),
    ).fetchone()
    return Draft.model_validate(row)


def discard(conn: Connection, account: Account, draft_id: UUID) -> None:
    """Give a draft up, also one that waits for a decision. Only its owner may."""
    draft = get(conn, account, draft_id, lock=True)
    if draft.owner != account.login:
        raise NotFound("no-such-draft", "There is no such draft.", "Không có bản thảo này.")
    if draft.status == "submitted":
        _alone(draft)
    if draft.status in ("open", "submitted"):
        conn.execute("UPDATE work.draft SET status = 'discarded', updated_at = now() WHERE id = %s", (draft_id,))


def submit(conn: Connection, crs: FabricCrs, account: Account, draft_id: UUID, body: SubmitIn) -> Draft:
    """Hand a draft over to be decided on. Raises EditRefused, Stale, Forbidden."""
    _alone(get(conn, account, draft_id))
    return hand_over(conn, crs, account, draft_id, body)


def hand_over(conn: Connection, crs: FabricCrs, account: Account, draft_id: UUID, body: SubmitIn) -> Draft:
    """The same for any draft; it must be possible now and lie in the proposer's units.

    Raises EditRefused, Stale (also when another submitted draft is about one of the parcels), Forbidden.
    """
    draft = _open(conn, account, draft_id)
    work = _work(draft)
    require_fresh(conn, crs, work, draft.base_seq)
    delta = edits.delta(work, ledger.state_for(conn, crs, work))
    require_authority(account, "edit.propose", delta)
    row = conn.execute(
        f"UPDATE work.draft SET status = 'submitted', units = %s, subjects = %s, reason = %s, submitted_at = now(), returned_by = NULL,"
        f" returned_note = NULL, updated_at = now() WHERE id = %s RETURNING {COLUMNS}",
        (sorted({face.facts.unit for face in delta.retired}), _subjects(delta), body.reason, draft_id),
    ).fetchone()
    return Draft.model_validate(row)


def judged(conn: Connection, crs: FabricCrs, delta: Delta, state: State) -> list[dict[str, Any]]:
    """What the rules of the map say of a delta, as it goes out: with the places they measured as GeoJSON."""
    return [
        asdict(verdict) | {"segments": crs.segments_geojson(verdict.where, verdict.text_en, verdict.text_vi)}
        for verdict in judge_delta(conn, delta, state)
    ]


def require_rules(conn: Connection, crs: FabricCrs, draft: Draft, moment: Moment) -> None:
    """Raise EditRefused with every rule that the drawing breaks and that stops it at this moment."""
    work = _work(draft)
    require_fresh(conn, crs, work, draft.base_seq)
    state = ledger.state_for(conn, crs, work)
    verdicts = judge_delta(conn, edits.delta(work, state), state)
    if broken := stopping(verdicts, moment):
        raise EditRefused(
            "rules-broken",
            " ".join(one.text_en for one in broken),
            " ".join(one.text_vi for one in broken),
            where=[place for one in broken for place in one.where],
            rules=[asdict(one) for one in broken],
        )


def _subjects(delta: Delta) -> list[int]:
    """Parcels a delta is about; neighbours that only gain vertices are not."""
    return sorted(face.id for face in delta.retired if delta.causes.get(face.id, "subject") == "subject")


def give_back(conn: Connection, account: Account, draft_id: UUID, body: ReturnIn) -> None:
    """Return a submitted draft to its owner with a note; the owner takes it back the same way."""
    draft = get(conn, account, draft_id, lock=True)
    if draft.status != "submitted":
        raise Stale("draft-closed", "This draft does not wait for a decision.", "Bản thảo này không chờ duyệt.")
    _alone(draft)
    conn.execute(
        "UPDATE work.draft SET status = 'open', returned_by = %s, returned_note = %s, updated_at = now() WHERE id = %s",
        (account.login, body.note, draft_id),
    )
    if draft.owner != account.login:
        write_audit(conn, "draft.returned", f"draft:{draft_id}", detail={"owner": draft.owner})


def _work(draft: Draft) -> tuple[intents.Intent, ...]:
    work = intents.parse(draft.intents)
    if not work:
        raise EditRefused("nothing-changes", "The draft is empty.", "Bản thảo chưa có thao tác nào.")
    return work


def require_authority(account: Account, capability: str, delta: Delta) -> None:
    """Every face that would be retired must lie in a unit where the account has the capability. Raises Forbidden."""
    for unit in sorted({face.facts.unit for face in delta.retired}):
        require_in(account, capability, unit)


def preview(conn: Connection, crs: FabricCrs, account: Account, draft_id: UUID, body: PreviewIn) -> dict[str, Any]:
    """What the draft would do to the newest state: faces, affected neighbours, certificate.

    Raises EditRefused with the segments, Stale with base / mine / theirs when a subject changed since the draft was made.
    """
    draft = get(conn, account, draft_id, lock=True)
    if draft.status != "submitted" or body.intents is not None or body.rebase:
        draft = _open(conn, account, draft_id)
    if body.intents is not None:
        draft = change(conn, crs, account, draft_id, DraftIn(intents=body.intents))
    if body.rebase:
        conn.execute("UPDATE work.draft SET base_seq = (SELECT seq FROM feed.head) WHERE id = %s", (draft_id,))
        draft = get(conn, account, draft_id)
    work = intents.parse(draft.intents)
    require_fresh(conn, crs, work, draft.base_seq)
    state = ledger.state_for(conn, crs, work)
    delta = edits.delta(work, state)
    require_authority(account, "edit.propose" if draft.owner == account.login else "edit.approve", delta)
    before = {face.id: face for face in delta.retired}
    area_before = sum(face_doubled_area(face.rings) for face in delta.retired)
    area_after = sum(face_doubled_area(face.rings) for face in delta.created)
    return {
        "draft": str(draft.id),
        "base_seq": draft.base_seq,
        "seq": draft.seq,
        "digest": f"{draft.seq}:{ledger.digest_of(delta)}",
        "intents": draft.intents,
        "created": collection(crs, [(face, delta.causes[face.id]) for face in delta.created]),
        "retired": collection(crs, [(face, delta.causes.get(face.id, "subject")) for face in delta.retired]),
        "affected": [_affected(before.get(face.id), face, delta.causes[face.id]) for face in delta.created]
        + [_affected(face, None, "subject") for face in delta.retired if face.id not in delta.causes],
        "certificate": {
            "segments_cancelled": sum(len(ring) for face in (*delta.retired, *delta.created) for ring in face.rings),
            "area_before_m2": area_before / 2e6,
            "area_after_m2": area_after / 2e6,
            "area_difference_m2": (area_after - area_before) / 2e6,
        },
        "lineage": _shared(delta),
        "rules": judged(conn, crs, delta, state),
        "rebased": _touched(conn, delta, draft.base_seq),
    }


def _touched(conn: Connection, delta: Delta, seq: int) -> bool:
    """Whether one of the faces the delta retires is newer than `seq`."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM fabric.parcel_version v JOIN fabric.change_set c ON c.id = v.created_by"
        " WHERE v.id = ANY(%s) AND c.seq > %s) AS found",
        ([face.version for face in delta.retired], seq),
    ).fetchone()
    return bool(row and row["found"])


def require_fresh(conn: Connection, crs: FabricCrs, work: tuple[intents.Intent, ...], base_seq: int) -> None:
    """Raise Stale, with base, mine and theirs to look at, when a parcel the draft names changed since `base_seq`."""
    if base_seq == ledger.head(conn):
        return
    named = intents.named_parcels(work)
    winners = ledger.changes_since(conn, named, base_seq)
    points = intents.named_points(work)
    if not winners and points:
        old = ledger.load_state(conn, crs, (), points, at=base_seq)
        new = ledger.load_state(conn, crs, (), points)
        touched = {key for key, face in old.faces.items() if points & face.vertices and key not in new.faces}
        moved = {
            p
            for p in points
            if any(p in f.vertices for f in old.faces.values()) and not any(p in f.vertices for f in new.faces.values())
        }
        if touched or moved:
            winners = ledger.changes_since(conn, {k for k, f in old.faces.items() if points & f.vertices}, base_seq)
    if not winners:
        return
    base = ledger.state_for(conn, crs, work, at=base_seq)
    subjects = [face for key, face in base.faces.items() if key in named or points & face.vertices]
    try:
        mine = list(edits.delta(work, base).created)
    except EditRefused:
        mine = []
    theirs = ledger.load_state(conn, crs, [face.id for face in subjects])
    reached = conn.execute(
        "SELECT DISTINCT l.child FROM fabric.lineage l JOIN fabric.change_set c ON c.id = l.change_set WHERE l.parent = ANY(%s) AND c.seq > %s",
        ([face.id for face in subjects], base_seq),
    ).fetchall()
    heirs = {face.id for face in subjects} | {row["child"] for row in reached}
    if heirs - theirs.faces.keys():
        theirs = ledger.load_state(conn, crs, heirs)
    raise Stale(
        "stale-draft",
        "Somebody changed these parcels since you began this draft.",
        "Có người đã thay đổi các thửa này từ khi bạn lập bản thảo.",
        winners=[ledger.winner_json(row) for row in winners],
        base=collection(crs, [(face, "subject") for face in subjects]),
        mine=collection(crs, [(face, "subject") for face in mine]),
        theirs=collection(crs, [(face, "subject") for face in theirs.faces.values() if face.id in heirs]),
    )


def _keys(crs: FabricCrs, face: Face) -> list[list[dict[str, Any]]]:
    """Every vertex with its millimetre key, so that later intents of the draft can name it."""
    return [
        [{"mm": p, "lonlat": q} for p, q in zip(ring, line, strict=False)]
        for ring, line in zip(face.rings, crs.rings_lonlat(face.rings), strict=True)
    ]


def collection(crs: FabricCrs, faces: list[tuple[Face, str]]) -> dict[str, Any]:
    """Faces as GeoJSON in lon/lat, for looking at only."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": face.id,
                "geometry": {"type": "Polygon", "coordinates": crs.rings_lonlat(face.rings)},
                "properties": {
                    "id": face.id,
                    "label": label_of(face.facts.sheet, face.facts.number),
                    "kind": face.facts.kind,
                    "role": role,
                    "area_m2": round(face.area_m2, 3),
                    "land_use": face.facts.land_use,
                    "rings": _keys(crs, face),
                },
            }
            for face, role in faces
        ],
    }


def _affected(before: Face | None, after: Face | None, role: str) -> dict[str, Any]:
    some = after or before
    assert some is not None
    both = before is not None and after is not None
    return {
        "id": some.id,
        "label": label_of(some.facts.sheet, some.facts.number),
        "kind": some.facts.kind,
        "role": role,
        "area_before_m2": round(before.area_m2, 6) if before else None,
        "area_after_m2": round(after.area_m2, 6) if after else None,
        "area_change_m2": round(after.area_m2 - before.area_m2, 6) if before and after else None,
        "max_shift_mm": edits.max_shift_mm(before, after) if both and before and after else 0.0,
        "vertices_added": edits.vertices_added(before, after) if both and before and after else 0,
    }


def _shared(delta: Delta) -> list[dict[str, Any]]:
    """Area each ending or shrinking parcel gives to each created one, m2; the ledger computes the same at commit."""
    out = []
    created = [(face, polygon_from_rings(face.rings)) for face in delta.created if delta.causes[face.id] == "subject"]
    for old in delta.retired:
        shape = polygon_from_rings(old.rings)
        for new, other in created:
            area = shapely.area(shapely.intersection(shape, other)) if new.id != old.id else 0.0
            if area > 0.00005:
                out.append({"parent": old.id, "child": new.id, "shared_m2": round(float(area), 4)})
    return out


def commit(conn: Connection, crs: FabricCrs, account: Account, draft_id: UUID, body: CommitIn) -> dict[str, Any]:
    """Write a draft to the ledger: the decision on a submitted one, or one's own where a single officer may decide (no four eyes).

    Raises EditRefused, Stale, Busy, Forbidden. In whose units the faces lie is checked by the database (accounts.check_units).
    """
    draft = get(conn, account, draft_id, lock=True)
    _alone(draft)
    return write(conn, crs, account, draft, body)


def write(conn: Connection, crs: FabricCrs, account: Account, draft: Draft, body: CommitIn) -> dict[str, Any]:
    """The same for any draft, which is locked."""
    if draft.status in ("committed", "discarded"):
        raise Stale(
            "draft-closed",
            f"This draft is already {draft.status}.",
            CLOSED[draft.status],
            committed_seq=draft.committed_seq,
        )
    own = draft.owner == account.login
    row = conn.execute("SELECT four_eyes FROM fabric.deployment").fetchone()
    if own and (row is None or row["four_eyes"]):
        raise Forbidden(
            "four-eyes",
            "Who proposes does not approve: submit the draft, and another officer decides.",
            "Người đề xuất không được tự duyệt: hãy gửi duyệt để cán bộ khác quyết định.",
        )
    work = _work(draft)
    require_fresh(conn, crs, work, draft.base_seq)
    reason = body.reason or draft.reason
    reviewed = None
    if body.digest:
        seq, digest = body.digest.split(":")
        reviewed = (int(seq), digest)
    done = ledger.commit(
        conn, crs, work, reason=reason, author=draft.owner, base_seq=draft.base_seq, reviewed=reviewed, draft=draft.id
    )
    conn.execute(
        "UPDATE work.draft SET status = 'committed', committed_seq = %s, reason = %s, updated_at = now() WHERE id = %s",
        (done.seq, reason, draft.id),
    )
    if not own and draft.dossier_id is None:  # a dossier keeps its own log, and the audit log is written last
        write_audit(conn, "draft.approved", f"draft:{draft.id}", detail={"seq": done.seq, "owner": draft.owner})
    rows = conn.execute(
        "SELECT v.parcel_id AS id, p.code, v.sheet, v.number, v.area_m2 FROM fabric.parcel_version v"
        " JOIN fabric.parcel p ON p.id = v.parcel_id WHERE v.created_by = %s AND v.cause = 'subject' ORDER BY 1",
        (done.change_set,),
    ).fetchall()
    fresh = {key for drafted, key in done.parcels.items() if drafted < 0}
    return {
        "seq": done.seq,
        "change_set": {"seq": done.seq, "kind": done.kind, "hash": done.hash, "certificate": done.certificate},
        "parcels": [
            {
                "id": row["id"],
                "code": row["code"],
                "label": label_of(row["sheet"], row["number"]),
                "area_m2": round(row["area_m2"], 3),
                "new": row["id"] in fresh,
            }
            for row in rows
        ],
    }
