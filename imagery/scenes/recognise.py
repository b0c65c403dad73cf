"""From a path to a delivery that is understood: which sensor, which bands, what date."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path, PurePosixPath

import rasterio
from rasterio.enums import ColorInterp

from imagery.scenes import products
from imagery.scenes.model import GRAY, Note, Said
from imagery.scenes.package import Package, open_package
from imagery.scenes.reading import SELF_CONTAINED, opened
from imagery.scenes.sensors import (
    COMMON_NAMES,
    SENTINEL_2,
    BandSource,
    Delivery,
    common_names,
    day_in,
    moment,
    sensor_of,
)
from layers.errors import Malformed

RASTERS = re.compile(r"\.(tiff?|jp2|j2k|img|png|jpe?g|webp|vrt|bil|bip|bsq|dat|nc|hdf|ntf|asc|gpkg)$", re.IGNORECASE)
SIDECARS = re.compile(r"(preview|quicklook|thumb|browse|_mask|_cm)", re.IGNORECASE)
BAND_STEM = re.compile(
    r"(?:^|[_-])(B(?:0?[1-9]|1[0-2]|8A)|blue|green|red|rededge|nir|nir08|swir16|swir22)(?:[_-]\d\dm)?$", re.IGNORECASE
)
NAIP = re.compile(r"^m_\d{7}_[ns][ew]_\d\d_[0-9.]+_(\d{8})")
ORTHOPHOTO_GSD = 5.0  # finer than this (m), a picture of three or four 8-bit bands is an orthophoto
TAGS_OF_TAKING = ("ACQUISITION_DATE", "ACQUISITIONDATETIME", "DATE_ACQUIRED", "EXIF_DateTimeOriginal", "datetime")
TAG_OF_WRITING = "TIFFTAG_DATETIME"


def recognise(path: Path, said: Said, *, trusted: bool = False) -> tuple[Package, Delivery]:
    """What lies at `path`: Sentinel-2 or Landsat product (folder, .zip, .tar, or its metadata file), a folder of band files, or one raster.

    `trusted`: of the operator's own machine; any format GDAL knows, also those that refer to other files.
    Raises NotFound, Malformed with what is missing and how to say it.
    """
    sensor_of(said.sensor or "other")
    if products.SENTINEL_METADATA.search(path.name) or products.LANDSAT_METADATA.search(path.name):
        path = path.parent
    package = open_package(path)
    for pattern, read in (
        (products.SENTINEL_METADATA, products.sentinel_2),
        (products.LANDSAT_METADATA, products.landsat),
    ):
        found = [name for name in package.names if pattern.search(name)]
        if len(found) > 1:
            raise _several(found)
        if found:
            return package, read(package, found[0])
    drivers = None if trusted and package.kind in ("file", "folder") else SELF_CONTAINED
    if package.kind == "file":
        return package, _single(package, package.names[0], said, drivers)
    rasters = [name for name in package.names if RASTERS.search(name) and not SIDECARS.search(PurePosixPath(name).stem)]
    if not rasters:
        raise Malformed(
            "no-raster", f"There is no image in {package.label}.", f"Không có tệp ảnh nào trong {package.label}."
        )
    if len(rasters) == 1:
        return package, _single(package, rasters[0], said, drivers)
    stems = {name: match[1] for name in rasters if (match := BAND_STEM.search(PurePosixPath(name).stem))}
    if len(stems) < len(rasters) or len({stem.lower() for stem in stems.values()}) < len(stems):
        raise _several(rasters)
    return package, _band_files(package, stems, said)


# ---- one raster -----------------------------------------------------------------------------------------------------------


def _single(package: Package, name: str, said: Said, drivers: tuple[str, ...] | None) -> Delivery:
    path, stem = package.gdal_path(name), PurePosixPath(name).stem
    with opened(path, drivers) as dataset:
        indexes = [i for i, what in zip(dataset.indexes, dataset.colorinterp, strict=True) if what != ColorInterp.alpha]
        _check_bands(dataset, indexes)
        sensor = sensor_of(said.sensor or _guess(dataset, stem, len(indexes)))
        names = _band_names(dataset, indexes, said, sensor.layout(len(indexes)))
        when, sure, notes = _date(dataset, stem)
        scales = [(dataset.scales[i - 1], dataset.offsets[i - 1]) for i in indexes]
        integers = all(dtype.startswith(("uint", "int")) for dtype in dataset.dtypes)
    calibrated = any(scale != (1.0, 0.0) for scale in scales)
    bands = tuple(
        BandSource(
            path, i, label, common, *((scale, offset) if calibrated else (sensor.scale if integers else 1.0, 0.0))
        )
        for i, (label, common), (scale, offset) in zip(indexes, names, scales, strict=True)
    )
    return Delivery(
        code=stem,
        title=f"{sensor.name_vi} {stem}"[:200],
        sensor=sensor.code,
        when=when,
        when_is_sure=sure,
        bands=bands,
        used=(name,),
        notes=notes,
        drivers=drivers,
    )


def _check_bands(dataset: rasterio.DatasetReader, indexes: list[int]) -> None:
    name = PurePosixPath(dataset.name).name
    if not indexes:
        raise Malformed("no-bands", f"{name} has no band with a picture.", f"{name} không có kênh ảnh nào.")
    if any(dtype.startswith("complex") for dtype in dataset.dtypes):
        raise Malformed(
            "complex-numbers",
            f"{name} holds complex numbers (radar), not an optical picture.",
            f"{name} chứa số phức (ảnh radar), không phải ảnh quang học.",
        )
    if ColorInterp.palette in dataset.colorinterp:
        raise Malformed(
            "palette",
            f"{name} holds numbers of colours in a table, not light; write it out as RGB first (gdal_translate -expand rgb).",
            f"{name} dùng bảng màu; hãy chuyển sang RGB trước (gdal_translate -expand rgb).",
        )


def _guess(dataset: rasterio.DatasetReader, stem: str, count: int) -> str:
    if NAIP.match(stem):
        return "naip"
    eight_bits = set(dataset.dtypes) == {"uint8"}
    metres = dataset.res[0] * (111_320 if dataset.crs and dataset.crs.is_geographic else 1)
    if eight_bits and count in (1, 3, 4) and metres <= ORTHOPHOTO_GSD:
        return "orthophoto"
    return "other"


def _band_names(
    dataset: rasterio.DatasetReader, indexes: list[int], said: Said, layout: tuple[str, ...] | None
) -> list[tuple[str, str | None]]:
    """Name and common name of each band: as somebody says, as the file describes them, as its colours say, as the sensor has them."""
    if said.bands:
        if len(said.bands) != len(indexes):
            raise Malformed(
                "band-count",
                f"The file has {len(indexes)} bands; {len(said.bands)} names were given.",
                f"Tệp có {len(indexes)} kênh nhưng có {len(said.bands)} tên được khai báo.",
            )
        return [(name, name) for name in common_names(said.bands)]
    if len(indexes) == 1:
        return [(GRAY, GRAY)]
    described = [_described(dataset.descriptions[i - 1]) for i in indexes]
    if all(described):
        return [one for one in described if one]
    colours = [dataset.colorinterp[i - 1].name for i in indexes]
    if said.sensor is None and {"red", "green", "blue"} <= set(colours) and len(colours) == 3:
        return [(name, name) for name in colours]
    if layout:
        return [(name, name) for name in layout]
    raise Malformed(
        "bands-unknown",
        f"It is not known which of the {len(indexes)} bands is which: say the sensor, or the bands, for example --bands blue,green,red,nir.",
        f"Chưa biết {len(indexes)} kênh là kênh nào: hãy cho biết cảm biến hoặc tên kênh, ví dụ --bands blue,green,red,nir.",
    )


def _described(text: str | None) -> tuple[str, str | None] | None:
    """`B04`, `red`, `B4 - Red`, `nir` → name and common name."""
    if not text:
        return None
    words = [word for word in re.split(r"[^0-9A-Za-z]+", text) if word]
    for word in words:
        if word.lower() in COMMON_NAMES:
            return text[:40], word.lower()
    for word in words:
        if re.fullmatch(r"B(\d\d|8A)", word, re.IGNORECASE) and word.upper() in SENTINEL_2:
            return word.upper(), SENTINEL_2[word.upper()]
    return None


def _date(dataset: rasterio.DatasetReader, stem: str) -> tuple[dt.datetime | None, bool, tuple[Note, ...]]:
    """When it was taken, whether the metadata is of the taking itself, and what to know about it."""
    tags = {**dataset.tags(), **dataset.tags(ns="IMAGERY"), **dataset.tags(ns="EXIF")}
    for tag in TAGS_OF_TAKING:
        if when := _tagged(tags.get(tag)):
            return when, True, ()
    if (match := NAIP.match(stem)) and (when := day_in(match[1])):
        return when, True, ()
    if when := day_in(stem):
        return when, False, (DATE_FROM_NAME,)
    if when := _tagged(tags.get(TAG_OF_WRITING)):
        return when, False, (DATE_OF_FILE,)
    return None, False, ()


def _tagged(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    text = re.sub(r"^(\d{4})[:/](\d\d)[:/](\d\d)", r"\1-\2-\3", text.strip())
    try:
        return moment(text)
    except Malformed:
        return None


DATE_FROM_NAME = Note(
    code="date-from-name", vi="Ngày chụp lấy từ tên tệp.", en="The date was taken from the file's name."
)
DATE_OF_FILE = Note(
    code="date-of-file",
    vi="Ngày lấy từ lúc ghi tệp, có thể không phải ngày chụp.",
    en="The date is that of writing the file, perhaps not that of the picture.",
)


# ---- a folder of band files -----------------------------------------------------------------------------------------------


def _band_files(package: Package, stems: dict[str, str], said: Said) -> Delivery:
    """One file a band, as `B02.tif` or `scene_nir.tif`; names as B8A or B11 are Sentinel-2's."""
    numbered = {stem.upper() for stem in stems.values() if stem.upper() in SENTINEL_2}
    if len(numbered) < len(stems) and not all(stem.lower() in COMMON_NAMES for stem in stems.values()):
        raise Malformed(
            "bands-unknown",
            f"It is not known what these bands are: {', '.join(sorted(stems.values()))}.",
            f"Chưa biết các kênh này là gì: {', '.join(sorted(stems.values()))}.",
        )
    sensor = sensor_of(said.sensor or ("sentinel-2-l1c" if numbered else "other"))
    order = [*SENTINEL_2, *sorted(COMMON_NAMES)]
    named = sorted(((_canonical(stem), name) for name, stem in stems.items()), key=lambda pair: order.index(pair[0]))
    named = [(band, name) for band, name in named if band not in ("B01", "B09", "B10")] or named
    bands = []
    for band, name in named:
        path = package.gdal_path(name)
        with opened(path) as dataset:
            _check_bands(dataset, [1])
            scale = sensor.scale if dataset.dtypes[0].startswith(("uint", "int")) else 1.0
            own = (dataset.scales[0], dataset.offsets[0])
        bands.append(
            BandSource(path, 1, band, SENTINEL_2.get(band, band), *(own if own != (1.0, 0.0) else (scale, 0.0)))
        )
    guessed: tuple[Note, ...] = (LEVEL_GUESSED,) if numbered and said.sensor is None else ()
    when = day_in(package.label)
    return Delivery(
        code=package.label,
        title=f"{sensor.name_vi} {package.label}"[:200],
        sensor=sensor.code,
        when=when,
        when_is_sure=False,
        bands=tuple(bands),
        used=tuple(name for _, name in named),
        notes=(*guessed, DATE_FROM_NAME) if when else guessed,
    )


def _canonical(stem: str) -> str:
    return stem.upper() if stem.upper() in SENTINEL_2 else stem.lower()


LEVEL_GUESSED = Note(
    code="level-guessed",
    vi="Tên kênh là của Sentinel-2; mức xử lý không được ghi nên coi là L1C.",
    en="The bands bear Sentinel-2's names; the level is not said and taken to be L1C.",
)


def _several(names: list[str]) -> Malformed:
    shown = ", ".join(PurePosixPath(name).name for name in sorted(names)[:4])
    return Malformed(
        "several-pictures",
        f"This holds several pictures ({shown}, …); add them one by one.",
        f"Có nhiều ảnh khác nhau ({shown}, …); hãy thêm từng ảnh một.",
    )
