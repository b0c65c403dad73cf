"""Sensors: what their deliveries look like, what their bands are called, where the date stands.

Names of bands follow the sensors' handbooks, common names STAC's eo extension. Landsat's near infrared is `nir` on every satellite, so that scenes of
different ones can be compared; of Sentinel-2's three red-edge bands only B05 has the common name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from imagery.scenes.masking import Kind
from imagery.scenes.model import GRAY, Note
from imagery.scenes.reading import SELF_CONTAINED
from layers.errors import Malformed

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
COMMON_NAMES = frozenset("blue green red rededge nir nir08 swir16 swir22 gray".split())


@dataclass(frozen=True)
class Sensor:
    """`layouts`: for files whose bands are not named, the common names by number of bands. `scale`: of integers to reflectance."""

    code: str
    name_vi: str
    name_en: str
    licence: str = "unknown"
    source: str = ""
    layouts: tuple[tuple[str, ...], ...] = ()
    scale: float = 1.0

    def layout(self, count: int) -> tuple[str, ...] | None:
        return next((names for names in self.layouts if len(names) == count), None)


RGB = ("red", "green", "blue")
RGBN = (*RGB, "nir")
TM = ("blue", "green", "red", "nir", "swir16", "swir22")
COPERNICUS = "Copernicus Sentinel Data Terms"
SENSORS = {
    sensor.code: sensor
    for sensor in (
        Sensor("sentinel-2-l2a", "Sentinel-2 mức 2A", "Sentinel-2 level 2A", COPERNICUS, "ESA, Copernicus", scale=1e-4),
        Sensor("sentinel-2-l1c", "Sentinel-2 mức 1C", "Sentinel-2 level 1C", COPERNICUS, "ESA, Copernicus", scale=1e-4),
        Sensor("landsat-c2-l2", "Landsat bộ 2 mức 2", "Landsat Collection 2 level 2", "PDDL-1.0", "USGS"),
        Sensor("landsat-c2-l1", "Landsat bộ 2 mức 1", "Landsat Collection 2 level 1", "PDDL-1.0", "USGS"),
        Sensor("landsat", "Landsat (tệp khác)", "Landsat (other files)", "PDDL-1.0", "USGS", (TM,)),
        Sensor("naip", "NAIP", "NAIP", "PDDL-1.0", "USDA", (RGBN, RGB)),
        Sensor("orthophoto", "Ảnh trực giao", "Orthophoto", layouts=((GRAY,), RGB, RGBN)),
        Sensor("simulated", "Mô phỏng", "Simulated", "CC0-1.0", layouts=((GRAY,), RGB, RGBN, TM)),
        Sensor("other", "Cảm biến khác", "Another sensor", layouts=((GRAY,),)),
    )
}

SENTINEL_2 = {
    "B01": None, "B02": "blue", "B03": "green", "B04": "red", "B05": "rededge", "B06": None, "B07": None, "B08": "nir", "B8A": "nir08",
    "B09": None, "B10": None, "B11": "swir16", "B12": "swir22",
}  # fmt: skip
SENTINEL_2_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
"""Their order in `band_id` of the metadata."""
SENTINEL_2_LAND = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""Those of 10 and 20 m; the three of 60 m measure the air."""
LANDSAT_OLI = {"2": "blue", "3": "green", "4": "red", "5": "nir", "6": "swir16", "7": "swir22"}
LANDSAT_TM = {"1": "blue", "2": "green", "3": "red", "4": "nir", "5": "swir16", "7": "swir22"}


@dataclass(frozen=True)
class BandSource:
    """Where a band is read: band `index` of the file GDAL opens at `path`. `nodata` None: as the file says."""

    path: str
    index: int
    name: str
    common_name: str | None
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None


@dataclass(frozen=True)
class MaskSource:
    """Where the quality layer lies, and how it is to be understood (imagery.scenes.masking)."""

    path: str
    kind: Kind


@dataclass(frozen=True)
class Delivery:
    """A delivery that is understood. `when_is_sure`: the date is of the taking, from metadata; otherwise a name or a tag hints at it.

    `used`: names inside the package that the scene is made of. `cloud_cover` in %, as the producer says. `drivers`: GDAL's, that may read it.
    """

    code: str
    title: str
    sensor: str
    when: dt.datetime | None
    when_is_sure: bool
    bands: tuple[BandSource, ...]
    used: tuple[str, ...]
    mask: MaskSource | None = None
    cloud_cover: float | None = None
    notes: tuple[Note, ...] = ()
    drivers: tuple[str, ...] | None = SELF_CONTAINED


def sensor_of(code: str) -> Sensor:
    """Raises Malformed for a sensor nobody knows."""
    found = SENSORS.get(code)
    if found is None:
        known = ", ".join(SENSORS)
        raise Malformed(
            "unknown-sensor",
            f"There is no sensor “{code}”; known: {known}.",
            f"Không có cảm biến “{code}”; hiện có: {known}.",
        )
    return found


def common_names(names: Sequence[str]) -> tuple[str, ...]:
    """Common names as somebody gave them. Raises Malformed for an unknown or repeated one."""
    wrong = [name for name in names if name not in COMMON_NAMES]
    if wrong or len(set(names)) != len(names):
        known = ", ".join(sorted(COMMON_NAMES))
        raise Malformed(
            "bad-band-names",
            f"Bands are named once each, out of: {known}; not {', '.join(wrong or names)}.",
            f"Mỗi kênh mang một tên khác nhau trong: {known}; không phải {', '.join(wrong or names)}.",
        )
    return tuple(names)


# ---- dates ---------------------------------------------------------------------------------------------------------------

DAY = re.compile(r"(?<!\d)(19[3-9]\d|20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)(?!\.\d)")


def noon(day: dt.date) -> dt.datetime:
    """A picture of which only the day is known: noon in Hanoi, so that it is the same day there and in UTC."""
    return dt.datetime.combine(day, dt.time(12), HANOI)


def moment(text: str) -> dt.datetime:
    """A time as ISO 8601; a day alone is its noon, a time without zone is Hanoi's. Raises Malformed."""
    text = text.strip()
    try:
        if re.fullmatch(r"\d{4}-?\d\d-?\d\d", text):
            return noon(dt.date.fromisoformat(text))
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(
            "bad-date",
            f"“{text}” is no date; write it as 2024-02-03 or 2024-02-03T03:29:41Z.",
            f"“{text}” không phải ngày; hãy viết như 2024-02-03 hoặc 2024-02-03T03:29:41Z.",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=HANOI)


def day_in(name: str) -> dt.datetime | None:
    """The only day a file name holds; None for none, or for several."""
    days = set()
    for match in DAY.finditer(name):
        try:
            days.add(dt.date(int(match[1]), int(match[3]), int(match[4])))
        except ValueError:
            continue
    return noon(days.pop()) if len(days) == 1 else None
