"""From a delivery that is understood to the files of a scene: checked, on one grid, as COG."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.features
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.windows import Window

from imagery.change import masks
from imagery.scenes import checking, derived, masking
from imagery.scenes.cog import write_data
from imagery.scenes.model import GRAY, Band, Note, Said
from imagery.scenes.package import Progress
from imagery.scenes.reading import ENV, SELF_CONTAINED, BandReader, Grid, grid_of, opened
from imagery.scenes.sensors import BandSource, Delivery, MaskSource, sensor_of
from layers.errors import Malformed, TooLarge

PIXEL_LIMIT = 20_000_000_000  # of one band: a square of 140,000 px
ALL_CLOUD = 95.0  # % of what was observed
RGB = ("red", "green", "blue")
BIG_TIFF_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


@dataclass(frozen=True)
class Converted:
    """Files of a scene that are whole (`data`, perhaps `visual` and `mask`), and the columns of its row that follow from them."""

    files: dict[str, Path]
    facts: dict[str, Any]


def convert(
    delivery: Delivery, said: Said, region: Any, place: Path, *, now: dt.datetime, progress: Progress | None = None
) -> Converted:
    """Check a delivery and write its files into the folder `place`. `region`: where the city is (lon/lat), if that is known.

    Raises Malformed with what is wrong, TooLarge, StoreFull; whoever calls removes the folder.
    """
    when = checking.check_date(said.when, delivery.when, delivery.when_is_sure, now)
    with rasterio.Env(**ENV), _readers(delivery, said) as scene:
        whole = checking.check_place(scene.grid, region)
        checking.is_elsewhere(whole, region, said.elsewhere)
        scene.write_data(place / "data.tif", progress)
        footprint = derived.footprint(place / "data.tif", scene.grid, whole)
        elsewhere = checking.is_elsewhere(footprint, region, said.elsewhere)
        files = {"data": place / "data.tif"}
        cloud, estimated = delivery.cloud_cover, False
        if scene.mask or scene.own_mask:
            files["mask"] = place / "mask.tif"
            counts = scene.write_mask(files["mask"], _as_stage("mask", progress))
            cloud = derived.cloud_share(counts) if scene.mask else cloud
        if cloud is None:
            cloud = derived.estimated_cloud(files["data"], scene.grid, scene.sources)
            estimated = cloud is not None
        if (shown := scene.shown()) is not None:
            files["visual"] = place / "visual.tif"
            derived.write_visual(files["data"], files["visual"], shown, scene.grid, _as_stage("visual", progress))
        notes = (*delivery.notes, *scene.notes, *_notes(scene, cloud, estimated))
    sensor = sensor_of(delivery.sensor)
    transform = scene.grid.transform
    facts = {
        "code": _code(delivery, when),
        "title": _text(said.title, delivery.title, 200),
        "sensor": delivery.sensor,
        "datetime": when,
        "gsd": checking.gsd(scene.grid),
        "epsg": scene.grid.crs.to_epsg(),
        "width": scene.grid.width,
        "height": scene.grid.height,
        "transform": (transform.a, transform.b, transform.c, transform.d, transform.e, transform.f),
        "footprint": footprint,
        "bands": scene.bands(),
        "licence": _text(said.licence, sensor.licence, 200),
        "source": _text(said.source, sensor.source, 500),
        "simulated": said.simulated or delivery.sensor == "simulated",
        "public": said.public,
        "elsewhere": elsewhere,
        "cloud_cover": cloud,
        "notes": notes,
        "size_bytes": sum(file.stat().st_size for file in files.values()),
    }
    return Converted(files, facts)


def _text(said: str | None, otherwise: str, longest: int) -> str:
    """What somebody says, if it is more than blanks."""
    return ((said or "").strip() or otherwise.strip())[:longest].strip()


def _as_stage(name: str, progress: Progress | None) -> Progress | None:
    """One stage for a whole file, instead of reading, overviews, writing and verifying."""
    if progress is None:
        return None

    def report(stage: str, done: int, total: int) -> None:
        if stage == "read":
            progress(name, done, total)

    return report


# ---- reading all bands on one grid ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """Readers of all bands on the finest grid. `nodata`: one value for all bands, None with a mask of its own or where every pixel was observed."""

    grid: Grid
    sources: tuple[BandSource, ...]
    readers: tuple[BandReader, ...]
    dtype: str
    nodata: float | None
    own_mask: bool
    mask: tuple[MaskSource, tuple[BandReader, ...]] | None
    notes: tuple[Note, ...]

    def bands(self) -> tuple[Band, ...]:
        nodata = None if self.nodata is not None and np.isnan(self.nodata) else self.nodata  # JSON knows no NaN
        return tuple(
            Band(
                name=source.name, common_name=source.common_name, nodata=nodata, scale=source.scale, offset=source.offset, dtype=self.dtype
            )
            for source in self.sources
        )  # fmt: skip

    def values(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """All bands (bands, rows, cols), and where all of them were observed."""
        shape = (len(self.readers), round(window.height), round(window.width))
        values, valid = np.empty(shape, self.dtype), np.ones(shape[1:], bool)
        for index, reader in enumerate(self.readers):
            band = reader.read(window)
            observed = reader.valid(band)
            if reader.has_mask:
                observed &= reader.mask(window)
            values[index] = band
            if self.nodata is not None and reader.nodata != self.nodata:
                values[index][~observed] = self.nodata
            valid &= observed
        return values, valid

    def write_data(self, path: Path, progress: Progress | None) -> None:
        def fill(window: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
            values, valid = self.values(window)
            return values, valid if self.own_mask else None

        names = [source.name for source in self.sources]
        write_data(
            path,
            self.grid,
            fill,
            count=len(names),
            dtype=self.dtype,
            nodata=self.nodata,
            names=names,
            progress=progress,
        )

    def write_mask(self, path: Path, progress: Progress | None) -> NDArray[np.int64]:
        """Write what hid the ground; how many pixels have each value."""
        counts = np.zeros(256, np.int64)

        def fill(window: Window) -> tuple[NDArray[Any], None]:
            _, valid = self.values(window)
            found = np.full(valid.shape, masks.UNKNOWN, np.uint8)
            if self.mask:
                source, readers = self.mask
                found = masking.common(source.kind, np.stack([reader.read(window) for reader in readers]))
            found[~valid] = masks.NO_DATA
            counts[:] += np.bincount(found.ravel(), minlength=256)
            return found[np.newaxis], None

        write_data(
            path, self.grid, fill, count=1, dtype="uint8", nodata=None, names=["mask"], overviews=Resampling.nearest, progress=progress
        )  # fmt: skip
        return counts

    def shown(self) -> tuple[int, int, int] | None:
        """Bands (from 1) that show natural colours; the single one three times."""
        names = [source.common_name for source in self.sources]
        if names == [GRAY]:
            return 1, 1, 1
        if not all(name in names for name in RGB):
            return None
        red, green, blue = (names.index(name) + 1 for name in RGB)
        return red, green, blue


@contextmanager
def _readers(delivery: Delivery, said: Said) -> Iterator[_Scene]:
    with ExitStack() as stack:
        datasets = {
            path: stack.enter_context(opened(path, delivery.drivers))
            for path in {band.path: 0 for band in delivery.bands}
        }
        crs = {path: checking.check_crs(one.crs, said.crs, bool(one.gcps[0])) for path, one in datasets.items()}
        if len({one.to_epsg() for one in crs.values()}) > 1:
            raise _bands_differ("their CRSs are different", "khác hệ tọa độ")
        finest = min(datasets, key=lambda path: abs(datasets[path].transform.determinant))
        grid = grid_of(datasets[finest], crs[finest])
        if datasets[finest].transform.is_identity:
            raise Malformed(
                "no-place",
                "The picture has no geotransform: it does not say where it lies.",
                "Ảnh không có tọa độ định vị.",
            )
        if grid.width * grid.height > PIXEL_LIMIT:
            raise TooLarge(
                "too-many-pixels", "The picture has too many pixels; cut it up.", "Ảnh quá lớn; hãy cắt nhỏ."
            )
        for dataset in datasets.values():
            _check_same_place(dataset, grid)
        readers = tuple(
            stack.enter_context(
                _closing(BandReader(datasets[one.path], one.index, grid, one.nodata, Resampling.bilinear))
            )
            for one in delivery.bands
        )
        mask = None
        if delivery.mask:
            quality = stack.enter_context(opened(delivery.mask.path, SELF_CONTAINED))
            layers = 3 if delivery.mask.kind == "classi" else 1
            mask = (
                delivery.mask,
                tuple(
                    stack.enter_context(_closing(BandReader(quality, index, grid, None, Resampling.nearest)))
                    for index in range(1, layers + 1)
                ),
            )
        yield _together(grid, delivery, readers, mask, list(datasets.values()))


@contextmanager
def _closing(reader: BandReader) -> Iterator[BandReader]:
    try:
        yield reader
    finally:
        reader.close()


def _together(
    grid: Grid,
    delivery: Delivery,
    readers: tuple[BandReader, ...],
    mask: tuple[MaskSource, tuple[BandReader, ...]] | None,
    datasets: list[rasterio.DatasetReader],
) -> _Scene:
    """One type and one way to say "not observed" for all bands: a value that all of them have, NaN, or a mask."""
    dtype = str(np.result_type(*(np.dtype(reader.dtype) for reader in readers)))
    if dtype not in BIG_TIFF_TYPES:
        raise Malformed("number-type", f"Pixels of type {dtype} are not supported.", f"Không hỗ trợ kiểu số {dtype}.")
    values = {None if reader.nodata is None else float(reader.nodata) for reader in readers}
    own_mask = any(reader.has_mask for reader in readers) or len(values) > 1
    nodata = None if own_mask else next(iter(values))
    if nodata is None and not own_mask and np.dtype(dtype).kind == "f":
        nodata = float("nan")
    notes = (LOSSY,) if any(_is_lossy(dataset) for dataset in datasets) else ()
    return _Scene(grid, delivery.bands, readers, dtype, nodata, own_mask, mask, notes)


def _check_same_place(dataset: rasterio.DatasetReader, grid: Grid) -> None:
    """The edges of all bands agree within two of the coarser band's pixels."""
    edges = rasterio.transform.array_bounds(grid.height, grid.width, grid.transform)
    bounds = dataset.bounds
    own = (bounds.left, min(bounds.bottom, bounds.top), bounds.right, max(bounds.bottom, bounds.top))
    slack = 2 * max(abs(dataset.transform.a), abs(dataset.transform.e), abs(dataset.transform.b))
    if any(abs(one - other) > slack for one, other in zip(edges, own, strict=True)):
        raise _bands_differ("they do not cover the same ground", "không phủ cùng một khu vực")


def _is_lossy(dataset: rasterio.DatasetReader) -> bool:
    structure = dataset.tags(ns="IMAGE_STRUCTURE")
    reversible = structure.get("COMPRESSION_REVERSIBILITY", "")
    return (
        dataset.driver == "JPEG"
        or "JPEG" in structure.get("COMPRESSION", "")
        or reversible.startswith("LOSSY")
        or (dataset.driver == "WEBP" and not reversible.startswith("LOSSLESS"))
    )


# ---- words ----------------------------------------------------------------------------------------------------------------


def _code(delivery: Delivery, when: dt.datetime) -> str:
    """A name for people that every file system takes; with the day where the delivery's own name has none."""
    plain = (
        unicodedata.normalize("NFKD", delivery.code.translate(str.maketrans("đĐ", "dD")))
        .encode("ascii", "ignore")
        .decode()
    )
    name = re.sub(r"[^0-9A-Za-z_-]+", "-", plain).strip("-_") or delivery.sensor
    day = f"{when:%Y%m%d}"
    return name[:70] if day in name else f"{name[:60].rstrip('-_')}-{day}"


LOSSY = Note(
    code="lossy",
    vi="Ảnh nén có mất thông tin (JPEG): giá trị điểm ảnh không còn nguyên gốc, phát hiện biến động kém tin cậy hơn.",
    en="The picture was compressed with loss (JPEG): values are no longer the original ones, detecting change is less reliable.",
)
ONE_BAND = Note(
    code="one-band",
    vi="Ảnh một kênh (xám): xem được nhưng không dùng để phát hiện biến động.",
    en="One band (gray): it can be looked at, but change is not detected on it.",
)
CLOUD_ESTIMATED = Note(
    code="cloud-estimated",
    vi="Ảnh không kèm lớp chất lượng; tỷ lệ mây được ước lượng từ độ sáng các kênh.",
    en="There is no quality layer; the share of cloud was estimated from the bands.",
)
MOSTLY_CLOUD = Note(
    code="all-cloud",
    vi="Hầu như toàn bộ ảnh bị mây che: mặt đất không quan sát được.",
    en="Nearly everything is under cloud: the ground was not observed.",
)


def _notes(scene: _Scene, cloud: float | None, estimated: bool) -> Iterator[Note]:
    if len(scene.sources) == 1:
        yield ONE_BAND
    if estimated:
        yield CLOUD_ESTIMATED
    if cloud is not None and cloud >= ALL_CLOUD:
        yield MOSTLY_CLOUD


def _bands_differ(why: str, why_vi: str) -> Malformed:
    return Malformed(
        "bands-differ",
        f"The band files do not belong to one picture: {why}.",
        f"Các tệp kênh không thuộc cùng một ảnh: {why_vi}.",
    )
