"""From regions of change to leads: cut by parcels, measured on every date, named, judged for lasting, ranked, put into words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from imagery.change.indices import INDICES, available
from imagery.findings.model import Lead
from imagery.runs import reading
from imagery.runs.grid import Grid, Window, moved
from imagery.runs.parcels import BLOCK, Observations, Parcels, over, spanned
from imagery.runs.persistence import Lasting, Seen, as_series, judge, words
from imagery.runs.polygons import as_multi
from imagery.runs.ranking import rank_score
from imagery.runs.reading import Source
from imagery.runs.transitions import NAMES, WORDS, land_rule_of, transition_of
from layers.crs import WGS84

HALF = 0.5
SEASON_DAYS = 60
"""Days of the year between two dates from which crops alone explain much."""
NEAR = 256
"""px, side of the blocks whose pieces are read together."""
LARGEST = 2 * BLOCK
"""px; the indices of a wider piece are measured in its largest block."""


@dataclass(frozen=True)
class Piece:
    """Change within one parcel, or outside every parcel that can be judged (`parcel_id` None); `shape` on the plane of the grid.

    `observed`: share of the parcel that both dates show; `small`: how many parcels it covers that are too small for the pixels.
    """

    parcel_id: int | None
    land_use: str | None
    shape: shapely.MultiPolygon
    observed: float
    small: int


@dataclass(frozen=True)
class Dated:
    """One date of the run: where its bands lie, and how it is moved onto the grid."""

    at: datetime
    source: Source
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Dates:
    """All dates of a run; `history` before `before`, `later` after `after`, oldest first."""

    history: tuple[Dated, ...]
    before: Dated
    after: Dated
    later: tuple[Dated, ...]

    def all(self) -> tuple[Dated, ...]:
        return (*self.history, self.before, self.after, *self.later)


class Cutter:
    """Cuts regions by parcels as these come by, block after block."""

    def __init__(self, regions: NDArray[np.object_], least_m2: float, *, only_parcels: bool) -> None:
        self._regions = regions
        self._tree = shapely.STRtree(regions)
        self._least_m2 = least_m2
        self._only_parcels = only_parcels
        self._judged: dict[int, list[shapely.Geometry]] = defaultdict(list)
        self._small: dict[int, list[shapely.Geometry]] = defaultdict(list)
        self._pieces: list[Piece] = []

    def add(self, parcels: Parcels, narrowed: NDArray[np.object_], seen: Observations) -> None:
        """Take in a block of parcels: a changed one gets its piece; ground that a judged parcel answers for is left to it."""
        if not len(self._regions) or not len(parcels):
            return
        which, regions = self._tree.query(parcels.shapes, predicate="intersects")
        met: dict[int, list[int]] = defaultdict(list)
        for parcel, region in zip(which.tolist(), regions.tolist(), strict=True):
            met[parcel].append(region)
            known = self._small if seen.states[parcel] == "below_resolution" else self._judged
            known[region].append(parcels.shapes[parcel])
        for parcel, touching in sorted(met.items()):
            if seen.states[parcel] == "changed":
                self._cut(parcels, parcel, narrowed[parcel], sorted(touching), float(seen.observed_share[parcel]))

    def _cut(self, parcels: Parcels, parcel: int, shape: shapely.Geometry, regions: list[int], observed: float) -> None:
        parts = shapely.intersection(self._regions[regions], shape)
        piece = as_multi(shapely.GeometryCollection([one for part in parts for one in shapely.get_parts(part)]))
        if not piece.is_empty:
            self._pieces.append(
                Piece(int(parcels.ids[parcel]), parcels.land_uses[parcel], piece, min(1.0, observed), 0)
            )

    def finish(self) -> list[Piece]:
        """All pieces: those of parcels, then what no judged parcel answers for, one a region."""
        return [*sorted(self._pieces, key=lambda piece: piece.parcel_id or 0), *self._left()]

    def _left(self) -> Iterator[Piece]:
        for number, region in enumerate(self._regions):
            small = self._small.get(number, [])
            if self._only_parcels and not small:
                continue
            rest = region
            if judged := self._judged.get(number):
                rest = shapely.difference(rest, shapely.union_all(judged))
            if self._only_parcels:
                rest = shapely.intersection(rest, shapely.union_all(small))
            piece = as_multi(shapely.GeometryCollection(list(shapely.get_parts(rest))))
            if piece.area >= self._least_m2:
                covered = sum(bool(shapely.intersects(piece, one)) for one in small)
                yield Piece(None, None, piece, 1.0, covered)


# ---- measuring -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """Figures of a piece: probability of its pixels, and its indices on all dates of the run."""

    mean: float
    highest: float
    seen: tuple[Seen, ...]


Probability = Callable[[Window], NDArray[np.float32]]


def measure(
    pieces: Sequence[Piece],
    dates: Dates,
    grid: Grid,
    probability: Probability,
    *,
    workers: int,
    report: Callable[[int, int], None],
) -> list[Measured]:
    """The figures of every piece, in their order; pieces that lie in one block are read together."""
    found: dict[int, Measured] = {}
    groups = list(_groups(pieces, grid).values())
    report(0, len(pieces))
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="leads") as pool:
        try:
            for group, measured in zip(
                groups,
                pool.map(lambda group: _measured([pieces[k] for k in group], dates, grid, probability), groups),
                strict=True,
            ):
                found.update(zip(group, measured, strict=True))
                report(len(found), len(pieces))
        finally:
            pool.shutdown(cancel_futures=True)
    return [found[k] for k in range(len(pieces))]


def _groups(pieces: Sequence[Piece], grid: Grid) -> dict[tuple[int, int], list[int]]:
    """Numbers of the pieces by the block of their first corner."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        window = grid.covering(*piece.shape.bounds)
        assert window is not None  # a piece is cut from the grid
        groups[window.row // NEAR, window.col // NEAR].append(number)
    return groups


def _measured(pieces: Sequence[Piece], dates: Dates, grid: Grid, probability: Probability) -> list[Measured]:
    shapes = np.array([_near(piece.shape, grid) for piece in pieces], dtype=object)
    window = spanned(shapes, grid)
    assert window is not None
    found = over(shapes, {"p": probability(window)}, window, grid, ["mean", "max"])
    pixels = shapely.area(shapes) / grid.pixel_m2
    seen = [_seen(date, shapes, pixels, window, grid) for date in dates.all()]
    return [
        Measured(_unit(found["p_mean"][k]), _unit(found["p_max"][k]), tuple(date[k] for date in seen))
        for k in range(len(pieces))
    ]


def _near(shape: shapely.MultiPolygon, grid: Grid) -> shapely.Geometry:
    """The piece, or of a wide one the part in the block where most of it lies."""
    window = grid.covering(*shape.bounds)
    assert window is not None
    if max(window.rows, window.cols) <= LARGEST:
        return shape
    boxes = np.array([shapely.box(*grid.bounds(tile)) for tile in grid.tiles(BLOCK, window)], object)
    parts = shapely.intersection(shape, boxes)
    return as_multi(shapely.GeometryCollection(list(shapely.get_parts(parts[int(np.argmax(shapely.area(parts)))]))))


def _seen(
    date: Dated, shapes: NDArray[np.object_], pixels: NDArray[np.float64], window: Window, grid: Grid
) -> list[Seen]:
    values, observed = reading.read(date.source, grid, window, date.shift)
    hidden = ~observed
    bands = dict(zip(date.source.names, values, strict=True))
    layers = {"seen": np.where(observed, np.float32(1), np.float32(np.nan))}
    for name in available(date.source.names):
        layers[name] = INDICES[name][0](bands)
        layers[name][hidden] = np.nan
    found = over(shapes, layers, window, grid, ["count", "median"])
    return [
        Seen(
            date.at,
            {name: float(found[f"{name}_median"][k]) for name in layers if name != "seen"},
            bool(found["seen_count"][k] >= HALF * pixels[k]),
        )
        for k in range(len(shapes))
    ]


def _unit(value: float) -> float:
    return float(np.clip(np.nan_to_num(value), 0, 1))


# ---- words and rank ------------------------------------------------------------------------------------------------------


def leads(pieces: Sequence[Piece], measured: Sequence[Measured], dates: Dates, grid: Grid) -> list[Lead]:
    """The leads of a run, unordered."""
    if not pieces:
        return []
    on_earth = moved(np.array([piece.shape for piece in pieces], object), grid.epsg, WGS84)
    return [
        _lead(piece, figures, dates, grid, as_multi(shape))
        for piece, figures, shape in zip(pieces, measured, on_earth, strict=True)
    ]


def _lead(piece: Piece, figures: Measured, dates: Dates, grid: Grid, on_earth: shapely.MultiPolygon) -> Lead:
    first = len(dates.history)
    history, later = figures.seen[:first], figures.seen[first + 2 :]
    before, after = figures.seen[first], figures.seen[first + 1]
    lasting = judge(before, after, later, history)
    transition = transition_of(before.medians, after.medians, piece.land_use)
    special = land_rule_of(transition, piece.land_use, lasting.persistence)
    named = special.code if special else transition
    area = piece.shape.area
    inner = shapely.area(shapely.buffer(piece.shape, -HALF * grid.gsd))
    evidence = [_change_words(before, after, transition), words(lasting, len(later))]
    if special:
        evidence.append({"vi": f"{special.text_vi} ({special.source})", "en": f"{special.text_en} ({special.source})"})
    evidence.extend(_cautions(piece, dates, grid, lasting))
    return Lead(
        parcel_id=piece.parcel_id,
        geometry=on_earth,
        area_m2=area,
        probability=figures.mean,
        max_probability=figures.highest,
        transition=named,
        persistence=lasting.persistence,
        rank_score=rank_score(
            figures.mean,
            piece.land_use,
            named,
            area,
            lasting.persistence,
            observed=piece.observed,
            edge=1 - inner / area,
        ),
        indices={"before": _figures(before), "after": _figures(after)},
        series=as_series(figures.seen),
        evidence=evidence,
        land_use=piece.land_use,
    )


def _figures(seen: Seen) -> dict[str, float | None]:
    return {
        name: round(value, 4) if (value := seen.medians.get(name)) is not None and np.isfinite(value) else None
        for name in NAMES
    }


def _change_words(before: Seen, after: Seen, transition: str) -> dict[str, str]:
    one, two = _figures(before), _figures(after)
    moves = ", ".join(
        f"{name.upper()} {one[name]:.2f} → {two[name]:.2f}"
        for name in NAMES
        if one[name] is not None and two[name] is not None
    )
    vi, en = WORDS[transition]
    figures = f" ({moves})" if moves else ""
    return {"vi": f"Biến động {vi}{figures.replace('.', ',')}.", "en": f"Change {en}{figures}."}


def _cautions(piece: Piece, dates: Dates, grid: Grid, lasting: Lasting) -> Iterator[dict[str, str]]:
    """What an inspector must know before trusting a lead."""
    if piece.small:
        yield {
            "vi": f"Nằm trên {piece.small} thửa quá nhỏ so với điểm ảnh {grid.gsd:g} m; không xác định được thửa nào.",
            "en": f"Lies over {piece.small} parcels too small for pixels of {grid.gsd:g} m; which one cannot be told.",
        }
    if piece.observed < 1 - 0.05:
        share = round(100 * piece.observed)
        yield {
            "vi": f"Chỉ quan sát được {share} % thửa đất ở cả hai thời điểm.",
            "en": f"Only {share} % of the parcel was seen on both dates.",
        }
    days = season_gap(dates.before.at, dates.after.at)
    if lasting.persistence == "one_pair" and days > SEASON_DAYS:
        yield {
            "vi": f"Hai ảnh chụp cách nhau {days} ngày trong năm: mùa vụ có thể giải thích biến động.",
            "en": f"The two images are {days} days of the year apart: the season may explain the change.",
        }


def season_gap(one: datetime, two: datetime) -> int:
    """Days between two dates as if they were of one year, at most 183."""
    apart = abs(one.timetuple().tm_yday - two.timetuple().tm_yday)
    return min(apart, 366 - apart)


def figures_of(found: Sequence[Lead]) -> dict[str, Any]:
    """How many leads of each kind, for the record of the run."""
    kinds: dict[str, int] = defaultdict(int)
    for lead in found:
        kinds[lead.transition] += 1
    return {
        "leads": len(found),
        "in_parcels": sum(lead.parcel_id is not None for lead in found),
        "transitions": dict(kinds),
    }
