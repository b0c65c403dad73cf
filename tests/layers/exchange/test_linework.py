"""Parcels from the lines and labels of a drawing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Point

from layers.exchange.linework import levels_of, polygons_from_lines


def drawing(*elements: tuple[int, object, str | None]) -> tuple[np.ndarray, pd.DataFrame]:
    levels, shapes, texts = zip(*elements, strict=True)
    return np.array(shapes, dtype=object), pd.DataFrame({"Level": levels, "Text": texts})


SQUARE = LineString([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)])


def test_a_line_across_a_square_makes_two_parcels() -> None:
    made = polygons_from_lines(
        *drawing(
            (10, SQUARE, None),
            (10, LineString([(-2, 4), (12, 4)]), None),
            (13, Point(5, 2), "7"),
            (13, Point(5, 8), "8"),
            (4, Point(5, 3), "40,0"),
            (2, Point(5, 1), "ODT"),
            (13, Point(50, 50), "99"),
        )
    )
    assert made is not None
    assert sorted(shapely.area(made.polygons).tolist()) == [40.0, 60.0]
    row = made.frame[made.frame["number"] == "7"].iloc[0]
    assert (row["area"], row["land_type"]) == ("40,0", "ODT")
    assert made.stray_labels == [(50.0, 50.0, "99")]


def test_regions_without_a_number_are_left_out() -> None:
    made = polygons_from_lines(*drawing((10, SQUARE, None), (4, Point(5, 5), "100")))
    assert made is not None
    assert len(made.polygons) == 0
    assert made.unnumbered == 1


def test_no_boundaries_no_parcels() -> None:
    assert polygons_from_lines(*drawing((14, SQUARE, None))) is None
    assert polygons_from_lines(np.array([SQUARE], dtype=object), pd.DataFrame({"a": [1]})) is None
    assert polygons_from_lines(*drawing((10, LineString([(0, 0), (5, 0)]), None))) is None


def test_level_numbers_in_layer_names() -> None:
    names = ["10_RANH_THUA", "Level 13", "LV-4", "RANH", "2"]
    found = levels_of(pd.DataFrame({"Layer": names}))
    assert found is not None
    assert found.tolist() == [10, 13, 4, -1, 2]
