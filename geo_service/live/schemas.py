"""What the feed answers, in pages and one by one. Descriptions, as in parcels.schemas: the routes write the answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geo_service.parcels.schemas import Answer, Bounds, Brief, Cause
from layers.fabric.model import Kind


class CreatedFace(Answer):
    id: int
    kind: Kind
    code: str | None


class MovedDossier(Answer):
    """A dossier that moved: nobody's name, and not the code that it is followed by."""

    id: UUID
    procedure: str
    unit: str
    step: str
    status: int
    revision: int
    kind: str


class Event(Answer):
    """`cells` null: everything may have changed. Of a long load `retired` and `created` are empty; of a dossier `cells` are its topics."""

    seq: int
    kind: str
    at: datetime
    bounds: Bounds | None
    cells: list[str] | None
    retired: list[int]
    created: list[CreatedFace]
    dossier: MovedDossier | None


class Changes(Answer):
    items: list[Event]
    head_seq: int


class TouchedFace(Brief):
    area_m2: float
    cause: Cause


class Share(Answer):
    parent: int
    child: int
    shared_m2: float


class Change(Answer):
    """`reason`, `author`, `approver` and `intents` are null for everybody but staff of the units it lies in."""

    seq: int
    kind: str
    reason: str | None
    author: str | None
    approver: str | None
    intents: list[dict[str, Any]] | None
    base_seq: int
    committed_at: datetime
    effective_on: date | None
    certificate: dict[str, Any] | None
    hash: str
    prev_hash: str | None
    digest: str
    retired: list[TouchedFace]
    created: list[TouchedFace]
    lineage: list[Share]


STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of Server-Sent Events; the schema is that of one event",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "required": ["event", "data"],
                    "properties": {
                        "event": {"enum": ["hello", "change", "resync", "bye"]},
                        "data": {"type": "string", "description": "JSON; of a change the Event with its faces"},
                        "id": {"type": "string", "description": "seq"},
                        "retry": {},
                    },
                    "additionalProperties": False,
                }
            }
        },
    }
}
