"""The model that comes with the service, made anew by one command from nothing but this repository: `geo-service imagery train --simulated`.

Open ground is drawn by `imagery.sample` (fields, villages, water), photographed on two dates of one or of different seasons, and changes are pasted into
the second among decoys (`simulated`). In every other pair the second date is the first with crops moved on field by field, so that a season does not look
alike everywhere. No label of others is used, so nothing restricts the model; nor has it ever seen real change, as its card says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
from rasterio.crs import CRS

from imagery.learning import training
from imagery.learning.card import Source
from imagery.learning.pairs import LabelledPair
from imagery.learning.simulated import Recipe, paste
from imagery.sample.simulate import City, Land, Look, draw, lay_out
from imagery.sample.spectra import BANDS as DRAWN

BANDS = ("blue", "green", "red", "nir")
"""What nearly every sensor has: one model then serves Sentinel-2, Landsat and orthophotos with near infrared."""
SCENES, SIDE, GSD = 10, 256, 10.0
"""How many pairs, and their side in px and pixel in m."""
SETTINGS = training.Settings(changed=1500, unchanged=6000, rounds=160, leaves=16, rate=0.08)
"""Small trees: the files stay under 1 MB."""
USES = ("LUC", "LUC", "LUC", "LUK", "HNK", "BHK", "CLN", "NTS", "ONT", "ODT", "TMD", "SKC", "DTT", "RSX", "BCS", "MNC")
BUILT = frozenset({"ONT", "ODT", "TMD", "SKC"})
SOURCE = Source(
    "simulated change on simulated scenes (imagery.learning.shipping)", "Apache-2.0", SCENES, SCENES * SIDE * SIDE, True
)


def scenes(
    bands: tuple[str, ...], seed: int, progress: Callable[[str, int, int], None] = lambda *_: None
) -> list[training.Scene]:
    """The training scenes, the same for the same seed."""
    made = []
    for number in range(SCENES):
        made.append(training.prepared(labelled(bands, seed * 1000 + number)))
        progress("scenes", number + 1, SCENES)
    return made


def labelled(bands: tuple[str, ...], seed: int, side: int = SIDE) -> LabelledPair:
    """One simulated pair; its difficulty (season, clouds, share of change, radiometry) is drawn too."""
    rng = np.random.Generator(np.random.PCG64([seed, 7]))
    city = _countryside(seed, side, rng)
    first = datetime(2024, 1, 1, 3, tzinfo=UTC) + timedelta(days=int(rng.integers(0, 365)))
    apart = int(rng.choice([365, 730])) + int(rng.normal(0, 45))
    rows = [DRAWN.index(band) for band in bands]
    before, later = (
        draw(city, when, Look(noise=0.003))[0][rows].astype(np.float32)
        for when in (first, first + timedelta(days=apart))
    )
    recipe = Recipe(
        share=float(rng.uniform(0.01, 0.08)), clouds=float(rng.choice([0.0, 0.02, 0.06])), gain=float(rng.uniform(0.02, 0.2)),
        offset=float(rng.uniform(0, 0.4)), noise=float(rng.uniform(0.02, 0.1)), shift=float(rng.uniform(0, 0.4)), seasonal=float(rng.uniform(0.3, 0.8)),
    )  # fmt: skip
    return paste(before, bands, city.index[::2, ::2], seed, recipe, later=None if seed % 2 else later)


def _countryside(seed: int, side: int, rng: np.random.Generator) -> City:
    """Land cut into parcels around a few villages, where they are small and built."""
    extent = side * GSD
    villages = rng.uniform(0.1, 0.9, (rng.integers(3, 7), 2)) * extent
    open_land = rng.uniform(0, extent, (int(side * side / 35), 2))
    dense = np.concatenate([rng.normal(village, extent / 25, (int(side * side / 500), 2)) for village in villages])
    points = np.concatenate([open_land, np.clip(dense, 1, extent - 1)])
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.box(0, 0, extent, extent))
    )
    cells = shapely.intersection(cells, shapely.box(0, 0, extent, extent))
    cells = cells[shapely.area(cells) > GSD**2]
    centres = shapely.get_coordinates(shapely.centroid(cells))
    near = np.min([np.hypot(*(centres - village).T) for village in villages], axis=0) < extent / 18
    uses = np.array(USES)
    built = np.array(sorted(BUILT))
    land_use = np.where(
        near & (rng.random(len(cells)) < 0.8),
        built[rng.integers(0, len(built), len(cells))],
        uses[rng.integers(0, len(uses), len(cells))],
    )
    land = Land(np.arange(1, len(cells) + 1), cells, land_use)
    return lay_out(land, CRS.from_epsg(32648), GSD, seed, margin=0)
