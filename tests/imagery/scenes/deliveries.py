"""Small deliveries as their producers lay them out, with pictures of known numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

HANOI_UTM = (585_000.0, 2_325_000.0)  # west, north in EPSG:32648, in the middle of the city
S2_BANDS = {
    "B02": 10,
    "B03": 10,
    "B04": 10,
    "B08": 10,
    "B05": 20,
    "B06": 20,
    "B07": 20,
    "B8A": 20,
    "B11": 20,
    "B12": 20,
}
S2_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


def ramp(rows: int, cols: int, start: int = 1_000, dtype: str = "uint16") -> NDArray[Any]:
    """A picture in which every pixel tells where it is: start + column + 7 · row."""
    row, col = np.mgrid[0:rows, 0:cols]
    return (start + col + 7 * row).astype(dtype)


def write_tif(
    path: Path,
    bands: NDArray[Any],
    *,
    crs: str | None = "EPSG:32648",
    west_north: tuple[float, float] = HANOI_UTM,
    size: float = 10.0,
    descriptions: tuple[str, ...] = (),
    tags: dict[str, str] | None = None,
    transform: Affine | None = None,
    **options: Any,
) -> Path:
    """A GeoTIFF (or another format by `driver`) of bands (bands, rows, cols)."""
    place = transform or Affine(size, 0, west_north[0], 0, -size, west_north[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {
        "driver": "GTiff",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype,
    }
    with rasterio.open(path, "w", **(profile | {"crs": crs, "transform": place} | options)) as file:
        file.write(bands)
        for index, text in enumerate(descriptions, 1):
            file.set_band_description(index, text)
        file.update_tags(**(tags or {}))
    return path


def sentinel_2(
    folder: Path,
    *,
    level: str = "L2A",
    day: str = "2024-02-03",
    rows: int = 96,
    offset: int = -1_000,
    scl: NDArray[np.uint8] | None = None,
    classi: NDArray[np.uint8] | None = None,
    left_out: tuple[str, ...] = (),
) -> Path:
    """A SAFE folder of `rows` × `rows` pixels of 10 m, JPEG 2000 without loss; the numbers of each band are a ramp."""
    stamp = f"{day.replace('-', '')}T032941"
    name = f"S2A_MSI{level}_{stamp}_N0510_R018_T48QWJ_{stamp}"
    safe = folder / f"{name}.SAFE"
    images = safe / "GRANULE" / f"{level}_T48QWJ_A044995_{stamp}" / "IMG_DATA"
    listed = []
    for band, metres in S2_BANDS.items():
        place = images / f"R{metres}m" if level == "L2A" else images
        suffix = f"_{metres}m" if level == "L2A" else ""
        path = place / f"T48QWJ_{stamp}_{band}{suffix}.jp2"
        listed.append(path.relative_to(safe).with_suffix(""))
        if band not in left_out:
            _jp2(path, ramp(rows * 10 // metres, rows * 10 // metres), metres)
    if level == "L2A" and scl is not None:
        _jp2(images / "R20m" / f"T48QWJ_{stamp}_SCL_20m.jp2", scl, 20)
    if classi is not None:
        write_tif_jp2 = images.parent / "QI_DATA" / "MSK_CLASSI_B00.jp2"
        write_tif(write_tif_jp2, classi, size=60, driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES")
    tag, root = ("BOA_ADD_OFFSET", "Level-2A") if level == "L2A" else ("RADIO_ADD_OFFSET", "Level-1C")
    quantification = "BOA_QUANTIFICATION_VALUE" if level == "L2A" else "QUANTIFICATION_VALUE"
    offsets = "".join(f'<{tag} band_id="{i}">{offset}</{tag}>' for i in range(len(S2_IDS))) if offset else ""
    (safe / f"MTD_MSI{level}.xml").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><n1:{root}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int">'
        f"<n1:General_Info><Product_Info><PRODUCT_START_TIME>{day}T03:29:41.024Z</PRODUCT_START_TIME>"
        f"<PRODUCT_URI>{name}.SAFE</PRODUCT_URI><Granule_List><Granule>"
        + "".join(f"<IMAGE_FILE>{path.as_posix()}</IMAGE_FILE>" for path in listed)
        + f"</Granule></Granule_List></Product_Info><Product_Image_Characteristics>"
        f'<{quantification} unit="none">10000</{quantification}>{offsets}</Product_Image_Characteristics></n1:General_Info>'
        f"<n1:Quality_Indicators_Info><Cloud_Coverage_Assessment>12.5</Cloud_Coverage_Assessment></n1:Quality_Indicators_Info>"
        f"</n1:{root}_User_Product>",
        encoding="utf-8",
    )
    return safe


def _jp2(path: Path, values: NDArray[Any], metres: int) -> None:
    write_tif(path, values[np.newaxis], size=metres, driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES")


def landsat(
    folder: Path, *, level: str = "L2SP", satellite: str = "LANDSAT_8", qa: NDArray[np.uint16] | None = None
) -> Path:
    """A Collection 2 folder of 60 × 60 pixels of 30 m."""
    name = f"L{'C' if satellite == 'LANDSAT_8' else 'T'}0{satellite[-1]}_{level}_127045_20240203_20240208_02_T1"
    place, surface = folder / name, "SR_" if level == "L2SP" else ""
    numbers = range(1, 8)
    for number in numbers:
        write_tif(place / f"{name}_{surface}B{number}.TIF", ramp(60, 60, 8_000 + number)[np.newaxis], size=30, nodata=0)
    if qa is not None:
        write_tif(place / f"{name}_QA_PIXEL.TIF", qa[np.newaxis], size=30, nodata=1)

    def rescaling(group: str, mult: str, add: str) -> str:
        lines = [f"    REFLECTANCE_MULT_BAND_{n} = {mult}\n    REFLECTANCE_ADD_BAND_{n} = {add}" for n in numbers]
        return f"  GROUP = {group}\n" + "\n".join(lines) + f"\n  END_GROUP = {group}\n"

    (place / f"{name}_MTL.txt").write_text(
        "GROUP = LANDSAT_METADATA_FILE\n  GROUP = PRODUCT_CONTENTS\n"
        f'    LANDSAT_PRODUCT_ID = "{name}"\n    PROCESSING_LEVEL = "{level}"\n  END_GROUP = PRODUCT_CONTENTS\n'
        f'  GROUP = IMAGE_ATTRIBUTES\n    SPACECRAFT_ID = "{satellite}"\n    DATE_ACQUIRED = 2024-02-03\n'
        '    SCENE_CENTER_TIME = "03:20:11.1234567Z"\n    CLOUD_COVER = 7.25\n    SUN_ELEVATION = 30.0\n  END_GROUP = IMAGE_ATTRIBUTES\n'
        + (rescaling("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", "2.75e-05", "-0.2") if level == "L2SP" else "")
        + rescaling("LEVEL1_RADIOMETRIC_RESCALING", "2.0000E-05", "-0.100000")
        + "END_GROUP = LANDSAT_METADATA_FILE\nEND\n",
        encoding="utf-8",
    )
    return place
