"""Simulated scenes over parcels: what each looks like on a date, with inserted changes whose truth is known and with decoys that are no change.

Ground: every parcel has a cover by its land use, mixed by a pattern that stays with the place; rice follows the season, each field with a delay
of its own.
Sensor: the ground is drawn at half the pixel, averaged, blurred, shifted, scaled and made noisy. Clouds and their shadows lie on top.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.transform import Affine, from_origin
from scipy import ndimage

from imagery.sample.spectra import BANDS, GROUND, NUMBER, RICE, TABLE, rice_stage

FINE = 2
"""The ground is drawn at this many cells a pixel side."""
INTO = {"to_built": "roof", "to_bare": "soil", "to_water": "water"}
LEAST_CHANGE_PX = 9
"""Smallest inserted change, in pixels."""
CHANGEABLE = (*RICE, "HNK", "BHK", "CLN", "NTS", "BCS")


@dataclass(frozen=True)
class Land:
    """What scenes are drawn of. `geometry`: polygons in a projected CRS (m); `land_use`: codes, '' where none; `ids` names the parcels (any integers, > 0)."""

    ids: NDArray[np.int64]
    geometry: NDArray[Any]
    land_use: NDArray[np.str_]


@dataclass(frozen=True)
class Inserted:
    """One change that was made: in which parcel, from which cover to which, on how many m², from which date on."""

    parcel: int
    land_use: str
    transition: str
    area_m2: float
    since: datetime


@dataclass(frozen=True)
class Look:
    """How a scene was taken: gain and offset of its radiometry, sub-pixel shift (px), share of clouds, noise (reflectance)."""

    gain: float = 1.0
    offset: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    clouds: float = 0.0
    noise: float = 0.004


@dataclass
class City:
    """The ground of scenes on one grid. Make it with `lay_out`; `insert` adds changes, `draw` takes a picture."""

    land: Land
    gsd: float
    transform: Affine
    crs: CRS
    index: NDArray[np.int32]  # (FINE·rows, FINE·cols): 0 outside, else 1 + position in `land`
    pattern: NDArray[np.float32]  # the same shape, 0 to 1 evenly: what decides between main and second cover
    seed: int
    changed: dict[tuple[datetime, str], NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a scene."""
        return self.index.shape[0] // FINE, self.index.shape[1] // FINE


def lay_out(land: Land, crs: CRS, gsd: float, seed: int, margin: int = 16) -> City:
    """Place the grid: pixels of `gsd` m, corners at whole multiples of it, `margin` px of ground around the land."""
    west, south, east, north = shapely.total_bounds(land.geometry)
    west, north = np.floor(west / gsd - margin) * gsd, np.ceil(north / gsd + margin) * gsd
    cols, rows = int(np.ceil((east - west) / gsd)) + margin, int(np.ceil((north - south) / gsd)) + margin
    transform = from_origin(west, north, gsd, gsd)
    index = rasterio.features.rasterize(
        zip(land.geometry, range(1, len(land.ids) + 1), strict=True),
        out_shape=(rows * FINE, cols * FINE),
        transform=transform @ Affine.scale(1 / FINE),
        dtype="int32",
    )
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    rough = ndimage.gaussian_filter(rng.standard_normal(index.shape, np.float32), 2.0 * FINE)
    order = np.empty(rough.size, np.float32)
    order[np.argsort(rough, axis=None)] = np.linspace(0, 1, rough.size, dtype=np.float32)
    return City(land, gsd, transform, crs, index, order.reshape(index.shape), seed)


def insert(
    city: City, count: int, since: datetime, *, least_m2: float = 300.0, likely: NDArray[np.float64] | None = None
) -> list[Inserted]:
    """Change `count` parcels of open land from `since` on: built over, stripped, or dug out, on 40 % of the parcel to all of it.

    `likely`: how likely each parcel of the land is to be taken, in any unit (all alike without it). Raises ValueError when there are too few.
    """
    rng = np.random.Generator(np.random.PCG64([city.seed, 2, int(since.timestamp())]))
    area = shapely.area(city.land.geometry)
    candidates = np.flatnonzero(
        np.isin(city.land.land_use, CHANGEABLE) & (area >= max(least_m2, LEAST_CHANGE_PX * city.gsd**2))
    )
    weight = np.ones(len(candidates)) if likely is None else likely[candidates]
    candidates, weight = candidates[weight > 0], weight[weight > 0]
    if len(candidates) < count:
        raise ValueError(f"only {len(candidates)} parcels can be changed, not {count}")
    cell = (city.gsd / FINE) ** 2
    done: list[Inserted] = []
    boxes = ndimage.find_objects(city.index)
    for position in rng.choice(candidates, len(candidates), replace=False, p=weight / weight.sum()):
        if len(done) == count:
            break
        box = boxes[position] if position < len(boxes) else None
        if box is None:
            continue
        inside = city.index[box] == position + 1
        land_use = str(city.land.land_use[position])
        kinds = ("to_built", "to_bare") if land_use == "NTS" else ("to_built", "to_bare", "to_water")
        transition = str(rng.choice(kinds, p=(0.6, 0.4) if land_use == "NTS" else (0.6, 0.25, 0.15)))
        place = np.argwhere(inside)
        far = np.linalg.norm(place - place[rng.integers(len(place))], axis=1)
        wanted = max(int(np.ceil(rng.uniform(0.4, 1.0) * len(place))), int(LEAST_CHANGE_PX * FINE**2))
        taken = place[np.argsort(far, kind="stable")[:wanted]]
        if len(taken) < LEAST_CHANGE_PX * FINE**2:
            continue
        mask = city.changed.setdefault((since, transition), np.zeros(city.index.shape, bool))
        mask[box][taken[:, 0], taken[:, 1]] = True
        done.append(Inserted(int(city.land.ids[position]), land_use, transition, len(taken) * cell, since))
    return done


def draw(city: City, when: datetime, look: Look = Look()) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """A scene: reflectance × 10 000 as uint16 (bands, rows, cols) in the order of BANDS; and its mask (1 clear, 2 cloud, 3 shadow)."""
    rng = np.random.Generator(np.random.PCG64([city.seed, 3, int(when.timestamp())]))
    cover = _cover(city, when)
    fine = TABLE[cover] * _brightness(city)[..., None]  # (rows, cols, bands)
    rows, cols = city.shape
    ground = fine.reshape(rows, FINE, cols, FINE, len(BANDS)).mean(axis=(1, 3)).transpose(2, 0, 1)
    dy, dx = look.shift
    out = np.empty((len(BANDS), rows, cols), np.uint16)
    mask = _sky(city, look, rng)
    for band, plane in enumerate(ground):
        seen = ndimage.gaussian_filter(plane, 0.5)
        if dy or dx:
            seen = ndimage.shift(seen, (dy, dx), order=3, mode="nearest")
        seen = seen * (1 + ndimage.gaussian_filter(rng.standard_normal(seen.shape, np.float32), 1.5) * 0.05)
        seen = np.where(mask == 2, 0.45 + 0.2 * seen, np.where(mask == 3, 0.45 * seen, seen))
        seen = look.gain * seen + look.offset + rng.normal(0, look.noise, seen.shape)
        out[band] = np.clip(np.rint(seen * 10_000), 1, 16_000)
    return out, mask


def write(city: City, path: Path, when: datetime, look: Look = Look()) -> None:
    """Draw a scene into a GeoTIFF with band names, its date and the word that it is simulated."""
    data, _mask = draw(city, when, look)
    with rasterio.open(
        path, "w", driver="GTiff", width=data.shape[2], height=data.shape[1], count=len(BANDS), dtype="uint16", nodata=0,
        crs=city.crs, transform=city.transform, tiled=True, compress="deflate", predictor=2,
    ) as file:  # fmt: skip
        file.write(data)
        file.descriptions = BANDS
        file.scales = (1e-4,) * len(BANDS)
        file.update_tags(TIFFTAG_DATETIME=when.strftime("%Y:%m:%d %H:%M:%S"), SIMULATED="yes")


def _cover(city: City, when: datetime) -> NDArray[np.int8]:
    """Number of the cover of each fine cell on a date."""
    day = when.timetuple().tm_yday
    delay = np.random.Generator(np.random.PCG64([city.seed, 4])).normal(0, 9, len(city.land.ids))
    main = np.empty(len(city.land.ids) + 1, np.int8)
    second, share = main.copy(), np.ones(len(main), np.float32)
    main[0] = second[0] = NUMBER["grass"]
    for position, code in enumerate(city.land.land_use, start=1):
        if code in RICE:
            main[position] = second[position] = NUMBER[rice_stage((day - delay[position - 1]) % 365)]
        else:
            first, other, part = GROUND.get(str(code), GROUND["TMD"])
            main[position], second[position], share[position] = NUMBER[first], NUMBER[other], part
    cover = np.where(city.pattern < share[city.index], main[city.index], second[city.index])
    for (since, transition), mask in sorted(city.changed.items(), key=lambda item: item[0]):
        if since <= when:
            cover[mask] = NUMBER[INTO[transition]]
    return cover


def _brightness(city: City) -> NDArray[np.float32]:
    """Each parcel is a little brighter or darker than its kind, on every date alike."""
    rng = np.random.Generator(np.random.PCG64([city.seed, 5]))
    factor = np.exp(rng.normal(0, 0.12, len(city.land.ids) + 1)).astype(np.float32)
    factor[1:][np.isin(city.land.land_use, ("SON", "MNC", "DGT"))] = 1  # cut into faces only on the map
    return factor[city.index] * (0.9 + 0.2 * city.pattern)


def _sky(city: City, look: Look, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mask of a scene: clouds cover `look.clouds` of it, shadows lie 12 px to the south-west."""
    mask = np.ones(city.shape, np.uint8)
    if look.clouds > 0:
        field_ = ndimage.gaussian_filter(rng.standard_normal(city.shape), 25)
        cloud = field_ > np.quantile(field_, 1 - look.clouds)
        shadow = np.zeros_like(cloud)
        shadow[12:, :-12] = cloud[:-12, 12:]
        mask[shadow] = 3
        mask[cloud] = 2
    return mask
