"""Dossiers as tables: what came, what was done in time, where time was lost. Nobody's name is among them, and no code of a dossier.

from geo_service.client import Client, bottlenecks, throughput, units_map

with Client(address, token=token) as client:  # of an analyst, scope read
    dossiers = client.dossiers("2026-10-01", "2026-10-31")
    stays = client.stays("2026-10-01", "2026-10-31")
throughput(dossiers, by="unit")
bottlenecks(stays)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from geo_service.client.states import TEXT, VIETNAM
from geo_service.client.transport import Transport
from layers.crs import WGS84

PAGE = 5_000
DONE = (7, 9, 10)
DECIDED = (9, 10)
Day = str | date
DOSSIER: dict[str, Any] = {
    "dossier_id": TEXT, "procedure": TEXT, "unit": TEXT, "received_unit": TEXT, "channel": "int8", "status": "int8", "step": TEXT, "clock": TEXT,
    "reason": TEXT, "filed_at": "time", "received_at": "time", "clock_start": "time", "due_at": "time", "step_since": "time",
    "finished_at": "time", "worked": "float64", "simulated": "bool",
}  # fmt: skip
STAY: dict[str, Any] = {
    "event_id": "int64", "dossier_id": TEXT, "procedure": TEXT, "step": TEXT, "role": TEXT, "clock": TEXT, "days": "float64", "unit": TEXT,
    "received_unit": TEXT, "entered_at": "time", "left_at": "time", "action": TEXT, "seconds": "float64",
}  # fmt: skip
COLORS = ("#8c2d04", "#d94801", "#fdae6b", "#9ecae1", "#4292c6", "#08519c")
"""From the worst share to the best; told apart with every kind of colour vision."""


def read(transport: Transport, path: str, columns: dict[str, Any], first: Day, last: Day) -> pd.DataFrame:
    """All pages of a statistic between two days of Hanoi (both counted); seconds of office hours become `…_days`, in working days."""
    pages = list(_pages(transport, path, first, last))
    items = [item for page in pages for item in page["items"]]
    table = pd.DataFrame({name: _column([item[name] for item in items], kind) for name, kind in columns.items()})
    for name in ("worked", "seconds"):
        if name in table:
            table[f"{name}_days"] = table[name] / pages[0]["day_seconds"]
    table.attrs |= {"first": str(first), "last": str(last)}
    return table


def _pages(transport: Transport, path: str, first: Day, last: Day) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = transport.get(path, **{"from": first, "to": last, "after": after, "limit": PAGE})
        yield page
        after = page["next"]
        if after is None:
            return


def _column(values: list[Any], kind: Any) -> pd.Series[Any]:
    if kind != "time":
        plain: pd.Series[Any] = pd.Series(values, dtype=kind)
        return plain
    times = pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
    return pd.Series(times.dt.tz_convert(VIETNAM))


def _period(table: pd.DataFrame) -> tuple[datetime, datetime]:
    first, last = (date.fromisoformat(table.attrs[name]) for name in ("first", "last"))
    return tuple(datetime.combine(day, time(0), VIETNAM) for day in (first, last + timedelta(days=1)))  # type: ignore[return-value]


def throughput(dossiers: pd.DataFrame, by: str | list[str] = "unit") -> pd.DataFrame:
    """For each value of a column (or several): received, finished, late in the period asked for, share in time, and now how many are open.

    Finished is decided, handed out or withdrawn; late is after the due date, which pauses move. `median_days` and `p90_days`: working days with the clock
    running, of those decided, smallest value that at least half or nine tenths do not exceed. The board of the service counts the same.
    """
    since, until = _period(dossiers)

    def within(name: str) -> pd.Series[bool]:
        return (dossiers[name] >= since) & (dossiers[name] < until)

    finished = within("finished_at") & dossiers["status"].isin(DONE)
    decided = within("finished_at") & dossiers["status"].isin(DECIDED) & dossiers["clock_start"].notna()
    facts = dossiers.assign(
        received=within("received_at"), finished=finished, late=finished & (dossiers["finished_at"] > dossiers["due_at"]),
        open=dossiers["finished_at"].isna(), pace=(dossiers["worked_days"] * 10 + 0.5).apply(np.floor).where(decided) / 10,
    )  # fmt: skip
    groups = facts.groupby(by, observed=True)
    table = groups[["received", "finished", "late", "open"]].sum()
    table["share"] = 1 - table["late"] / table["finished"].where(table["finished"] > 0)
    for name, share in (("median_days", 0.5), ("p90_days", 0.9)):
        table[name] = groups["pace"].apply(_smallest, share)
    return table.sort_values(["received", "finished"], ascending=False)


def _smallest(values: pd.Series[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed."""
    known = values.dropna().to_numpy()
    return float(np.quantile(known, share, method="inverted_cdf")) if len(known) else float("nan")


def bottlenecks(stays: pd.DataFrame) -> pd.DataFrame:
    """For each step of each procedure: stays, median and 90 % of their working days, how many took longer than meant, and the days lost that way."""
    running = stays["clock"] == "running"
    beyond = (stays["seconds_days"] - stays["days"]).where(running).clip(lower=0).fillna(0)
    facts = stays.assign(over=beyond > 0, lost_days=beyond)
    groups = facts.groupby(["procedure", "step", "role"], observed=True)
    table = groups.agg(
        days=("days", "max"), stays=("event_id", "size"), over=("over", "sum"), lost_days=("lost_days", "sum")
    )
    for name, share in (("median_days", 0.5), ("p90_days", 0.9)):
        table[name] = groups["seconds_days"].apply(_smallest, share)
    return table.sort_values(["lost_days", "stays"], ascending=False)


def outlines(transport: Transport) -> gpd.GeoDataFrame:
    """Generalised outlines of units by their code, in degrees (WGS84); to look at, not to measure."""
    found = transport.get("/api/board/outlines")
    shapes = gpd.GeoDataFrame.from_features(found["features"], crs=f"EPSG:{WGS84}")
    return shapes.set_index("code")


def units_map(
    shapes: gpd.GeoDataFrame, table: pd.DataFrame, names: pd.Series[Any], *, tiles: str | None = None
) -> folium.Map:
    """A map of units coloured by the share finished in time (from `throughput` by unit); grey where none was finished. Tooltips have the numbers.

    `names`: of units, by code. `tiles` None: no outside base map (folium itself loads Leaflet from a CDN).
    """
    west, south, east, north = shapes.total_bounds
    made = folium.Map(tiles=tiles, prefer_canvas=True, control_scale=True, zoom_snap=0.25)
    made.fit_bounds([(south, west), (north, east)])
    features = []
    for code, shape in shapes.geometry.items():
        row = table.loc[code] if code in table.index else None
        share = None if row is None or pd.isna(row["share"]) else float(row["share"])
        fill = (
            "#dddddd" if share is None else COLORS[min(len(COLORS) - 1, int(max(0.0, share - 0.5) / 0.5 * len(COLORS)))]
        )
        facts = {
            "unit": escape(str(names.get(code, code))),
            "received": "0" if row is None else f"{int(row['received'])}",
            "share": "–" if share is None else f"{share:.1%}",
            "late": "0" if row is None else f"{int(row['late'])}",
            "fill": fill,
        }
        features.append({"type": "Feature", "geometry": shape.__geo_interface__, "properties": facts})
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: {
            "fillColor": feature["properties"]["fill"], "fillOpacity": 0.9, "color": "#ffffff", "weight": 1,
        },
        highlight_function=lambda _: {"weight": 3, "color": "#000000"},
        tooltip=folium.GeoJsonTooltip(
            ["unit", "received", "share", "late"],
            ["Đơn vị · Unit", "Tiếp nhận · Received", "Đúng hạn · In time", "Trễ hạn · Late"],
        ),
    ).add_to(made)  # fmt: skip
    page: Any = made.get_root()
    page.html.add_child(folium.Element(_legend()))
    return made


def _legend() -> str:
    bounds = np.linspace(0.5, 1, len(COLORS) + 1)
    words = [f"{low:.0%}–{high:.0%}" for low, high in itertools.pairwise(bounds)]
    words[0] = f"&lt; {bounds[1]:.0%}"
    rows = "".join(
        f'<div><span style="display:inline-block;width:14px;height:10px;border:1px solid #555;background:{color};margin-right:6px"></span>{text}</div>'
        for color, text in zip((*reversed(COLORS), "#dddddd"), (*reversed(words), "Không có · None"), strict=True)
    )
    return (
        '<div style="position:fixed;top:10px;right:10px;z-index:999;background:#ffffffe6;padding:8px 10px;'
        f'font:12px sans-serif;border-radius:4px"><b>Đúng hạn · In time</b>{rows}</div>'
    )
