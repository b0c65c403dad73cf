"""The client an analyst holds: one method a question, answers as tables."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Self
from urllib.parse import quote

import geopandas as gpd
import httpx
import pandas as pd

from geo_service.client import dossiers as figures
from geo_service.client import imagery
from geo_service.client.events import LiveEvent, follow
from geo_service.client.states import VIETNAM, AsOf, frame, moment, polygons
from geo_service.client.transport import Transport

PAGE = 5_000
EVENTS_PAGE = 1_000
BEYOND = 2**53  # the highest seq that may be asked for


class Client:
    """A connection to one service. Reads only; close it, or use it in a `with`.

    Geometry is in the fabric's CRS (EPSG:5897 in Hanoi; x = easting, y = northing, metres, exact to the mm), areas are
    m², times are Vietnamese (UTC+7). Every method raises ServiceError when the service refuses or does not answer.
    """

    def __init__(
        self,
        base_url: str = "http://localhost:8000",
        *,
        token: str | None = None,
        timeout: float = 60,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._transport = Transport(base_url, token=token, timeout=timeout, transport=transport)
        self._map: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._transport.base_url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._transport.http.close()

    def describe(self) -> dict[str, Any]:
        """What the service shows: `seq`, `srid`, `crs_name`, `simulated`, titles, `bounds` (degrees), `faces`."""
        self._map = self._transport.get("/api/map")
        return self._map

    @property
    def srid(self) -> int:
        """EPSG code of the fabric; fixed for the life of a deployment."""
        return int((self._map or self.describe())["srid"])

    def seq(self, as_of: AsOf = None) -> int:
        """The newest seq, or the last one up to a moment (0 before the first).

        Raises ServiceError for a seq that does not exist, ValueError for text that is no date.
        """
        if as_of is None:
            return int(self._transport.get("/api/changes", after=BEYOND, limit=1)["head_seq"])
        return int(self._transport.get("/api/faces", limit=1, **moment(as_of))["seq"])

    def open_state(
        self, as_of: AsOf = None, unit: str | None = None, *, progress: Callable[[int], object] | None = None
    ) -> gpd.GeoDataFrame:
        """All faces of the land as of a moment, or those of one unit: a partition, no gap and no overlap.

        `as_of`: None (now), a seq, a date (its end, Vietnamese time), a date and time; dates also as ISO text. All
        pages are of one seq, also while others edit; it is in `.attrs["seq"]`, for `live(after=…)`. `official_area_m2`
        is the area on paper, `computed_area_m2` that of the map. `progress` is called with the faces received so far.
        """
        about = self._map or self.describe()
        first = self._transport.get("/api/faces", unit=unit, limit=PAGE, **moment(as_of))
        state = frame(self._pages(first, unit, progress), self.srid)
        simulated = bool(about.get("simulated"))
        state.attrs |= {"seq": first["seq"], "unit": unit, "simulated": simulated, "url": self._transport.base_url}
        return state

    def _pages(
        self, page: dict[str, Any], unit: str | None, progress: Callable[[int], object] | None
    ) -> Iterator[list[dict[str, Any]]]:
        seq, received = page["seq"], 0
        while True:
            received += len(page["items"])
            if progress:
                progress(received)
            yield page["items"]
            if page["next"] is None:
                return
            page = self._transport.get("/api/faces", at=seq, unit=unit, after=page["next"], limit=PAGE)

    def parcel(self, code: str | int, at: AsOf = None) -> dict[str, Any]:
        """One parcel by its 12-character code or internal number, as of a moment, with its facts, sides and neighbours.

        To what the service says is added `polygon`, its shape in the fabric's CRS. If the parcel did not exist at that
        moment it is its last version before, or its first after (`status`, `version`).
        """
        found = self._transport.get(_path(code), at=None if at is None else self.seq(at))
        rings = [[corner["mm"] for corner in ring] for ring in found["rings"]]
        return found | {"polygon": polygons([rings])[0]}

    def history(self, code: str | int) -> pd.DataFrame:
        """Change sets that touched a parcel, newest first: seq, at, kind, cause, reason, author, approver (these three for staff), retired, facts.

        `cause` is `adjacent` where only a neighbour's edit put a point on its boundary. Authors are told to officers.
        """
        facts = ("area_m2", "official_area_m2", "land_use", "sheet", "number")
        columns = ("seq", "at", "kind", "cause", "reason", "author", "approver", "effective_on", "retired", *facts)
        return _table(self._transport.get(_path(code) + "/history")["items"], columns)

    def lineage(self, code: str | int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Ancestors and descendants of a parcel: (nodes, edges).

        Nodes: id, code, label, kind, area_m2, seq_from, seq_to (missing while current). Edges: parent, child, seq,
        kind, shared_m2 (area both have in common). At most 800 edges, the nearest.
        """
        found = self._transport.get(_path(code) + "/lineage")
        nodes = _table(found["nodes"], ("id", "code", "label", "kind", "area_m2", "seq_from", "seq_to"))
        edges = _table(found["edges"], ("parent", "child", "seq", "kind", "shared_m2"))
        return nodes.astype({"seq_to": "Int64"}), edges

    def search(self, q: str, limit: int = 10) -> pd.DataFrame:
        """Parcels, units and places for a code, "tờ 12 thửa 35", a name or coordinates; `lon`, `lat` in degrees.

        What the service remarks about the question is in `.attrs["note"]`.
        """
        found = self._transport.get("/api/search", q=q, limit=limit)
        columns = ("type", "matched", "title", "subtitle", "lon", "lat", "parcel_id", "code", "current")
        table = _table(found["items"], columns)
        table.attrs["note"] = found.get("note")
        return table

    def iter_changes(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Events of the log after a seq, oldest first, up to the newest at the time of asking."""
        while True:
            page = self._transport.get("/api/changes", after=after, limit=EVENTS_PAGE)
            yield from page["items"]
            if not page["items"] or page["items"][-1]["seq"] >= page["head_seq"]:
                return
            after = page["items"][-1]["seq"]

    def changes(self, after: int = 0) -> pd.DataFrame:
        """The log after a seq as a table: seq, kind, at, bounds (degrees), cells, retired (ids), created (ids, codes).

        Loads name no faces. A long log is better read with `iter_changes`.
        """
        return _table(list(self.iter_changes(after)), ("seq", "kind", "at", "bounds", "cells", "retired", "created"))

    def live(
        self, cells: Iterable[str] | None = None, after: int | None = None, *, patience: float = 300
    ) -> Generator[LiveEvent, None, None]:
        """Changes as they are committed, in order of seq, none lost and none twice; endless, so leave when done.

        `cells`: tiles at zoom 12 as "12/x/y", None for everything. `after`: the last seq already known, None for the
        newest at the time of the call. A broken connection is taken up again at the last seq; only after `patience`
        seconds without one a ServiceError is raised. An event `resync` means too much was missed: open the state again.
        """
        last = self.seq() if after is None else after
        return follow(self._transport, self.seq, list(cells) if cells is not None else None, last, patience)

    def land_use(self) -> pd.DataFrame:
        """Land-use codes (TT 08/2024/TT-BTNMT): code, name_vi, name_en, color, group, section, main.

        `group` is the code one step above, `main` the topmost (NNP, PNN, CSD), `section` the one just below it: the
        lines of the official statistics.
        """
        table = _table(self._transport.get("/api/land-use")["items"], ("code", "name_vi", "name_en", "color", "group"))
        pairs = zip(table["code"], table["group"], strict=True)
        above = {code: group for code, group in pairs if isinstance(group, str)}
        steps = [_steps(code, above) for code in table["code"]]
        return table.assign(section=[path[max(len(path) - 2, 0)] for path in steps], main=[path[-1] for path in steps])

    def units(self) -> pd.DataFrame:
        """Communes: code, name, name_en, type, lon, lat, bounds (degrees; None without land), faces (last snapshot)."""
        columns = ("code", "name", "name_en", "type", "lon", "lat", "bounds", "faces")
        return _table(self._transport.get("/api/units")["items"], columns)

    def dossiers(self, first: figures.Day, last: figures.Day) -> pd.DataFrame:
        """Dossiers that were open at some time between two days (both counted), for `throughput`; needs an analyst's token.

        `unit` decides (`*`: the city), `received_unit` received; `worked_days`: working days of office hours with the clock running, once finished.
        """
        return figures.read(self._transport, "/api/statistics/dossiers", figures.DOSSIER, first, last)

    def stays(self, first: figures.Day, last: figures.Day) -> pd.DataFrame:
        """Stays of dossiers in steps that ended between two days (both counted), for `bottlenecks`; needs an analyst's token.

        `days`: working days the step is meant to take; `seconds_days`: working days it took, office hours only.
        """
        return figures.read(self._transport, "/api/statistics/stays", figures.STAY, first, last)

    def scenes(self) -> gpd.GeoDataFrame:
        """Scenes taken from above, newest first: id, code, title, sensor, datetime, gsd (m), cloud_cover (%), licence, simulated, elsewhere; footprints."""
        return imagery.scenes(self._transport)

    def findings(self, limit: int = 200, **wanted: Any) -> gpd.GeoDataFrame:
        """What detection runs found in one's units, by rank, at most `limit`; needs a token of who reads findings. `wanted`: filters of GET /api/findings.

        A finding is a lead: no right and no boundary follows from it. Each costs a request.
        """
        return imagery.findings(self._transport, limit, **wanted)

    def precision(self) -> dict[str, pd.DataFrame]:
        """How often findings turned out right, by the verdicts: tables `total`, `model`, `unit`, `transition`."""
        found = self._transport.get("/api/findings/precision")
        return {name: pd.json_normalize(found[name]) for name in ("total", "model", "unit", "transition")}

    def outlines(self) -> gpd.GeoDataFrame:
        """Generalised outlines of units by their code, in degrees (WGS84); to look at, not to measure."""
        return figures.outlines(self._transport)

    def procedures(self) -> pd.DataFrame:
        """Procedures in force: code, name_vi, name_en."""
        return _table(self._transport.get("/api/procedures")["items"], ("code", "name_vi", "name_en"))


def _path(code: str | int) -> str:
    return f"/api/parcels/{quote(str(code).strip(), safe='')}"


def _steps(code: str, above: dict[str, str]) -> list[str]:
    """The code and everything above it."""
    path = [code]
    while (group := above.get(path[-1])) is not None and group not in path:
        path.append(group)
    return path


def _table(items: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Items as a table that has its columns also when it is empty; `at` as Vietnamese time."""
    table = pd.DataFrame({name: [item.get(name) for item in items] for name in columns})
    if "at" in columns:
        table["at"] = pd.to_datetime(table["at"], utc=True, format="ISO8601").dt.tz_convert(VIETNAM)
    return table
