"""Deliveries of the two open satellite programmes, by their metadata: Sentinel-2 SAFE (PSD 14 and 15) and Landsat Collection 2 (LSDS-1618, LSDS-1619)."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import PurePosixPath

from imagery.scenes.model import Note
from imagery.scenes.package import Package
from imagery.scenes.sensors import (
    LANDSAT_OLI,
    LANDSAT_TM,
    SENTINEL_2,
    SENTINEL_2_IDS,
    SENTINEL_2_LAND,
    BandSource,
    Delivery,
    MaskSource,
    moment,
)
from layers.errors import Malformed

SENTINEL_METADATA = re.compile(r"(?:^|/)MTD_MSI(L1C|L2A)\.xml$")
SENTINEL_IMAGE = re.compile(r"(?:^|/|_)(B\d\d|B8A)(?:_(10|20|60)m)?\.(?:jp2|tiff?)$", re.IGNORECASE)
SCL = re.compile(r"(?:^|/|_)SCL(?:_(20|60)m)?\.(?:jp2|tiff?)$", re.IGNORECASE)
CLASSI = re.compile(r"(?:^|/)MSK_CLASSI_B00\.jp2$")
LANDSAT_METADATA = re.compile(r"(?:^|/)[^/]*_MTL\.txt$")
LANDSAT_IMAGE = re.compile(r"_(SR_)?B(\d+)\.TIF$", re.IGNORECASE)
QA_PIXEL = re.compile(r"_QA_PIXEL\.TIF$", re.IGNORECASE)
LEFT_OUT = Note(
    code="air-bands-left-out",
    vi="Các kênh 60 m (B01, B09, B10) đo khí quyển nên không được đưa vào.",
    en="The 60 m bands (B01, B09, B10) measure the air and were left out.",
)


# ---- Sentinel-2 -----------------------------------------------------------------------------------------------------------


def sentinel_2(package: Package, metadata: str) -> Delivery:
    """A SAFE product. Raises Malformed when bands its metadata lists are not there, or the metadata says no time."""
    text = package.text(metadata)
    level = "l2a" if "L2A" in PurePosixPath(metadata).name else "l1c"
    base = str(PurePosixPath(metadata).parent)
    inside = [name for name in package.names if base == "." or name.startswith(f"{base}/")]
    images = _finest(inside)
    listed = {match[1].upper() for match in re.finditer(r"<IMAGE_FILE>[^<]*_(B\d\d|B8A)(?:_\d\dm)?</IMAGE_FILE>", text)}
    missing = [band for band in SENTINEL_2_LAND if band not in images and (band in listed or not listed)]
    if missing:
        raise _incomplete(missing)
    scale, offsets = _sentinel_scale(text, level)
    names = [band for band in SENTINEL_2_LAND if band in images]
    bands = tuple(
        BandSource(package.gdal_path(images[band]), 1, band, SENTINEL_2[band], scale, offsets.get(band, 0.0) * scale, 0)
        for band in names
    )
    mask, mask_name = _sentinel_mask(package, inside, level)
    product = _tag(text, "PRODUCT_URI") or PurePosixPath(base if base != "." else package.label).name
    code = product.removesuffix(".SAFE")
    cloud = _tag(text, "Cloud_Coverage_Assessment") or _tag(text, "CLOUD_COVERAGE_ASSESSMENT")
    when = moment(_needed(text, "PRODUCT_START_TIME"))
    tile = re.search(r"_T(\d\d[A-Z]{3})_", code)
    return Delivery(
        code=code,
        title=f"Sentinel-2 {level.upper()} {tile[1] + ' ' if tile else ''}{when:%Y-%m-%d}",
        sensor=f"sentinel-2-{level}",
        when=when,
        when_is_sure=True,
        bands=bands,
        used=(metadata, *(images[band] for band in names), *([mask_name] if mask_name else [])),
        mask=mask,
        cloud_cover=float(cloud) if cloud else None,
        notes=(LEFT_OUT,),
    )


def _finest(names: list[str]) -> dict[str, str]:
    """For each band the file of the finest resolution."""
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        if (match := SENTINEL_IMAGE.search(name)) and "IMG_DATA" in name:
            metres = int(match[2] or 0)
            found[match[1].upper()] = min(found.get(match[1].upper(), (99, "")), (metres, name))
    return {band: name for band, (_, name) in found.items()}


def _sentinel_scale(text: str, level: str) -> tuple[float, dict[str, float]]:
    """1 / quantification, and what baseline 04.00 (January 2022) and later have added to the numbers of each band."""
    quantification = _tag(text, "BOA_QUANTIFICATION_VALUE" if level == "l2a" else "QUANTIFICATION_VALUE") or "10000"
    tag = "BOA_ADD_OFFSET" if level == "l2a" else "RADIO_ADD_OFFSET"
    offsets = {
        SENTINEL_2_IDS[int(match[1])]: float(match[2])
        for match in re.finditer(rf'<{tag} band_id="(\d+)">\s*(-?[\d.]+)\s*</{tag}>', text)
        if int(match[1]) < len(SENTINEL_2_IDS)
    }
    return 1 / float(quantification), offsets


def _sentinel_mask(package: Package, names: list[str], level: str) -> tuple[MaskSource | None, str | None]:
    pattern = SCL if level == "l2a" else CLASSI
    found = sorted((match[1] if level == "l2a" else "", name) for name in names if (match := pattern.search(name)))
    if not found:
        return None, None
    name = found[0][1]
    return MaskSource(package.gdal_path(name), "scl" if level == "l2a" else "classi"), name


# ---- Landsat --------------------------------------------------------------------------------------------------------------


def landsat(package: Package, metadata: str) -> Delivery:
    """A Collection 2 product of level 1 or 2. Raises Malformed when bands are not there or the metadata says no date."""
    groups = _odl(package.text(metadata))
    flat = {key: value for group in groups.values() for key, value in group.items()}
    code = PurePosixPath(metadata).name.removesuffix("_MTL.txt")
    base = str(PurePosixPath(metadata).parent)
    inside = [name for name in package.names if base == "." or name.startswith(f"{base}/")]
    level = "l2" if flat.get("PROCESSING_LEVEL", "").startswith("L2") or "_L2" in code else "l1"
    common = LANDSAT_OLI if flat.get("SPACECRAFT_ID", "") in ("LANDSAT_8", "LANDSAT_9") else LANDSAT_TM
    images = {
        match[2]: name
        for name in inside
        if (match := LANDSAT_IMAGE.search(name)) and match[2] in common and bool(match[1]) == (level == "l2")
    }
    if missing := [f"B{number}" for number in common if number not in images]:
        raise _incomplete(missing)
    bands = tuple(
        BandSource(package.gdal_path(images[number]), 1, f"B{number}", name, *_landsat_scale(groups, level, number), 0)
        for number, name in common.items()
    )
    qa = next((name for name in inside if QA_PIXEL.search(name)), None)
    cloud = float(flat.get("CLOUD_COVER", "-1"))
    when = _landsat_time(flat)
    return Delivery(
        code=code,
        title=f"{flat.get('SPACECRAFT_ID', 'Landsat').replace('_', ' ').title()} {level.upper()} {when:%Y-%m-%d}",
        sensor=f"landsat-c2-{level}",
        when=when,
        when_is_sure=True,
        bands=bands,
        used=(metadata, *images.values(), *([qa] if qa else [])),
        mask=MaskSource(package.gdal_path(qa), "qa_pixel") if qa else None,
        cloud_cover=cloud if 0 <= cloud <= 100 else None,
    )


def _odl(text: str) -> dict[str, dict[str, str]]:
    """`GROUP = …` blocks of an MTL file as {group: {key: value}}; inner groups stand beside outer ones."""
    groups: dict[str, dict[str, str]] = {}
    path: list[str] = []
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "GROUP":
            path.append(value)
        elif key == "END_GROUP" and path:
            path.pop()
        elif value and path:
            groups.setdefault(path[-1], {})[key] = value.strip('"')
    return groups


def _landsat_scale(groups: dict[str, dict[str, str]], level: str, number: str) -> tuple[float, float]:
    """Scale and offset to reflectance; at level 1 that of the top of the atmosphere, for the sun of the scene's centre."""
    name = "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS" if level == "l2" else "LEVEL1_RADIOMETRIC_RESCALING"
    group = groups.get(name, {})
    scale, offset = group.get(f"REFLECTANCE_MULT_BAND_{number}"), group.get(f"REFLECTANCE_ADD_BAND_{number}")
    if scale is None or offset is None:
        return 1.0, 0.0
    sun = 1.0
    if level == "l1":
        elevation = groups.get("IMAGE_ATTRIBUTES", {}).get("SUN_ELEVATION", "90")
        sun = max(math.sin(math.radians(float(elevation))), 0.01)
    return float(scale) / sun, float(offset) / sun


def _landsat_time(flat: dict[str, str]) -> dt.datetime:
    day, time = flat.get("DATE_ACQUIRED"), flat.get("SCENE_CENTER_TIME", "")
    if day is None:
        raise _no_time()
    clock = re.match(r"\d\d:\d\d:\d\d(\.\d{1,6})?", time)
    return moment(f"{day}T{clock[0]}+00:00" if clock else day)


# ---- both -----------------------------------------------------------------------------------------------------------------


def _tag(text: str, name: str) -> str | None:
    match = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>\s*([^<]*?)\s*<", text)
    return match[1] if match else None


def _needed(text: str, name: str) -> str:
    value = _tag(text, name)
    if not value:
        raise _no_time()
    return value


def _no_time() -> Malformed:
    return Malformed(
        "no-date-in-metadata",
        "The product's metadata does not say when it was taken; it is damaged.",
        "Siêu dữ liệu của sản phẩm không ghi thời điểm chụp; tệp bị hỏng.",
    )


def _incomplete(missing: list[str]) -> Malformed:
    listed = ", ".join(missing)
    return Malformed(
        "bands-missing", f"The product is not whole: {listed} missing.", f"Sản phẩm không đầy đủ: thiếu {listed}."
    )
