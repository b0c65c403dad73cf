"""What the ground looks like from above: typical reflectance of a dozen kinds of cover in six bands.

The figures are round values in the range that spectral libraries print for such surfaces (ASTER/ECOSTRESS spectral library, doi 10.1016/j.rse.2008.11.007;
rice by growth stage after Xiao et al. 2005, doi 10.1016/j.rse.2004.12.009). They make scenes plausible, not a measurement of Hanoi.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")

COVER: dict[str, tuple[float, float, float, float, float, float]] = {
    "roof": (0.13, 0.16, 0.21, 0.26, 0.30, 0.27),
    "concrete": (0.19, 0.22, 0.25, 0.29, 0.33, 0.31),
    "asphalt": (0.09, 0.10, 0.11, 0.13, 0.16, 0.15),
    "soil": (0.09, 0.13, 0.18, 0.26, 0.36, 0.31),
    "tree": (0.03, 0.06, 0.04, 0.38, 0.17, 0.08),
    "grass": (0.05, 0.09, 0.07, 0.33, 0.22, 0.12),
    "crop": (0.05, 0.09, 0.07, 0.36, 0.21, 0.11),
    "rice_flooded": (0.07, 0.09, 0.08, 0.10, 0.06, 0.04),
    "rice_green": (0.03, 0.07, 0.04, 0.40, 0.17, 0.08),
    "rice_ripe": (0.06, 0.11, 0.11, 0.30, 0.24, 0.15),
    "stubble": (0.09, 0.13, 0.16, 0.25, 0.33, 0.26),
    "water": (0.06, 0.07, 0.05, 0.03, 0.02, 0.01),
    "river": (0.09, 0.12, 0.13, 0.08, 0.03, 0.02),
}
"""Reflectance (0 to 1) by cover, in the order of BANDS."""

NAMES = tuple(COVER)
TABLE: NDArray[np.float32] = np.array([COVER[name] for name in NAMES], np.float32)
NUMBER = {name: index for index, name in enumerate(NAMES)}

GROUND: dict[str, tuple[str, str, float]] = {
    "ODT": ("roof", "concrete", 0.55),
    "ONT": ("roof", "tree", 0.45),
    "TMD": ("roof", "concrete", 0.6),
    "SKC": ("roof", "concrete", 0.6),
    "SKK": ("roof", "asphalt", 0.6),
    "CLN": ("tree", "grass", 0.8),
    "HNK": ("crop", "soil", 0.85),
    "BHK": ("crop", "soil", 0.85),
    "NKH": ("crop", "roof", 0.8),
    "RSX": ("tree", "tree", 1.0),
    "DKV": ("tree", "grass", 0.6),
    "DTT": ("grass", "soil", 0.85),
    "BCS": ("grass", "soil", 0.7),
    "NTD": ("grass", "concrete", 0.6),
    "NTS": ("water", "water", 1.0),
    "MNC": ("water", "water", 1.0),
    "DTL": ("water", "grass", 0.8),
    "SON": ("river", "river", 1.0),
    "DGT": ("asphalt", "tree", 0.8),
}
"""Cover of a land-use class: main cover, second cover, share of the main one. Other classes of built land look like TMD."""

RICE = ("LUC", "LUK", "LUN")


RICE_YEAR = (
    (20, "stubble"),
    (55, "rice_flooded"),
    (130, "rice_green"),
    (155, "rice_ripe"),
    (170, "stubble"),
    (195, "rice_flooded"),
    (260, "rice_green"),
    (285, "rice_ripe"),
)
"""Stages of a field that is on time with its two crops (spring: late January to early June, summer: late June to October): until which day of the year."""


def rice_stage(day_of_year: float) -> str:
    """Cover of such a field on a day."""
    return next((stage for until, stage in RICE_YEAR if day_of_year < until), "stubble")
