"""Every bad file is refused with a clear sentence, and leaves nothing; odd but honest files enter and the report says
what was odd."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import shapely
from psycopg.rows import DictRow, dict_row
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from layers.exchange.importer import ImportResult, import_file
from layers.exchange.refused import ImportRefused
from layers.fabric.audit import audit

Conn = psycopg.Connection[DictRow]
UNIT = "00145"
E0, N0 = 593_000.0, 2_324_500.0
"""Near the place of Long Biên, EPSG:5897."""


def square(x: float, y: float, size: float = 10.0) -> Polygon:
    return box(E0 + x, N0 + y, E0 + x + size, N0 + y + size)


def write(path: Path, geometry: list[object], crs: object = 5897, **columns: object) -> Path:
    gpd.GeoDataFrame(columns or {"id": range(len(geometry))}, geometry=geometry, crs=crs).to_file(path)
    return path


@pytest.fixture
def bring(conn: Conn) -> Callable[..., ImportResult]:
    def run(path: Path, **options: object) -> ImportResult:
        done = import_file(conn, path, unit=UNIT, **options)  # type: ignore[arg-type]
        conn.commit()
        assert audit(conn, None).clean
        return done

    return run


@pytest.fixture(scope="module")
def untouched(databases: Any) -> Iterator[Conn]:
    """One database for all refusals: none of them leaves anything."""
    url = databases.create(5897)
    connection = psycopg.connect(url, row_factory=dict_row)
    yield connection
    connection.close()
    databases.drop(url)


@pytest.fixture
def refuse(untouched: Conn) -> Callable[..., ImportRefused]:
    conn = untouched

    def run(path: Path, slug: str | None, **options: object) -> ImportRefused:
        with pytest.raises(ImportRefused) as refused:
            import_file(conn, path, unit=UNIT, **options)  # type: ignore[arg-type]
        conn.rollback()
        row = conn.execute("SELECT count(*) AS n FROM fabric.parcel_version").fetchone()
        assert row is not None
        assert row["n"] == 0
        error = refused.value
        assert slug is None or error.slug == slug
        assert error.detail
        assert error.detail_vi
        assert error.detail != error.detail_vi
        assert str(path.parent) not in json.dumps(error.document(), ensure_ascii=False)
        return error

    return run


def test_a_good_file(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    done = bring(write(tmp_path / "good.gpkg", [square(0, 0), square(10, 0)]))
    assert done.account.parcels_entered == 2
    assert done.crs.declared_by == "file"
    assert done.crs.distance_to_place_m is not None


def test_wrong_zone_label(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    error = refuse(write(tmp_path / "utm.gpkg", [square(0, 0)], crs=3405), "crs-ambiguous")
    assert "EPSG:5897" in error.detail
    assert "EPSG:3405" in error.detail
    assert "--crs" in error.detail


def test_utm_is_accepted_when_the_user_says_so(bring: Callable[..., ImportResult], conn: Conn, tmp_path: Path) -> None:
    done = bring(write(tmp_path / "utm.gpkg", [square(0, 0)], crs=3405), crs="EPSG:3405")
    assert done.crs.declared_by == "user"
    row = conn.execute("SELECT ST_YMin(geom) AS y FROM fabric.parcel_version").fetchone()
    assert row is not None
    assert 690 < row["y"] - N0 < 705, "the scale factors 0.9996 and 0.9999 lie 698 m apart here"


def test_label_of_another_meridian(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    error = refuse(write(tmp_path / "zone.gpkg", [square(0, 0)], crs=5896), "crs-mismatch")
    assert "EPSG:5897" in error.detail


def test_swapped_axes(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    swapped = shapely.transform(square(0, 0), lambda c: c[:, ::-1])
    error = refuse(write(tmp_path / "swapped.gpkg", [swapped]), "axes-swapped")
    assert "swapped" in error.detail
    assert "đổi" in error.detail_vi


def test_degrees_under_a_projected_label(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    degrees = box(105.894, 21.019, 105.895, 21.020)
    error = refuse(write(tmp_path / "degrees.gpkg", [degrees]), "degrees-in-projected")
    assert "degrees" in error.detail


def test_honest_lonlat_is_reprojected(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    path = write(tmp_path / "lonlat.geojson", [box(105.894, 21.019, 105.8945, 21.0195)], crs=4326)
    done = bring(path)
    assert done.crs.used == "EPSG:4326"
    assert 2500 < done.account.area["in"] / 2e6 < 3200


def test_no_label_is_detected_by_the_place(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="crs"):
        path = write(tmp_path / "nolabel.gpkg", [square(0, 0)], crs=None)
    assert bring(path).crs.declared_by == "detected"


def test_far_from_the_unit(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    refuse(write(tmp_path / "far.gpkg", [box(540_000, 2_330_000, 540_010, 2_330_010)]), "crs-mismatch")


def test_unknown_crs_option(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    refuse(write(tmp_path / "a.gpkg", [square(0, 0)]), "unknown-crs", crs="EPSG:99999999")


def test_missing_empty_and_nonsense(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    refuse(tmp_path / "nowhere.gpkg", "no-file")
    (tmp_path / "empty.gpkg").touch()
    refuse(tmp_path / "empty.gpkg", "empty-file")
    (tmp_path / "noise.gpkg").write_bytes(bytes(range(256)) * 40)
    refuse(tmp_path / "noise.gpkg", "unreadable")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + b"nonsense" * 50)
    refuse(tmp_path / "bad.zip", "broken-archive")
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    refuse(tmp_path / "texts.zip", "nothing-inside")
    with zipfile.ZipFile(tmp_path / "garbage.zip", "w") as archive:
        archive.writestr("map.shp", "nonsense" * 100)
    assert refuse(tmp_path / "garbage.zip", None).slug in ("damaged-file", "unreadable")


@pytest.mark.parametrize("share", [0.05, 0.6, 0.98])
@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "gml", "fgb"])
def test_truncated(refuse: Callable[..., ImportRefused], tmp_path: Path, suffix: str, share: float) -> None:
    path = write(tmp_path / f"cut.{suffix}", [square(12 * i, 12 * j) for i in range(30) for j in range(30)])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refuse(path, None).slug in ("damaged-file", "unreadable")


def test_too_large(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [square(0, 0)])
    refuse(path, "file-too-large", max_bytes=1000)
    with (tmp_path / "huge.gpkg").open("wb") as stream:
        stream.truncate(3 * 1024**3)
    refuse(tmp_path / "huge.gpkg", "file-too-large")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("map.geojson", b" " * 5_000_000)
    refuse(tmp_path / "bomb.zip", "file-too-large", max_bytes=1_000_000)


def test_zipped_shapefile(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    write(tmp_path / "map.shp", [square(0, 0), square(10, 0)])
    with zipfile.ZipFile(tmp_path / "map.zip", "w") as archive:
        for part in tmp_path.glob("map.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    assert bring(tmp_path / "map.zip").account.parcels_entered == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_not_a_number(refuse: Callable[..., ImportRefused], tmp_path: Path, bad: float) -> None:
    with np.errstate(invalid="ignore"):
        ring = Polygon([(E0, N0), (E0 + 10, N0), (E0 + 10, bad), (E0, N0 + 10)])
    error = refuse(write(tmp_path / "nan.gpkg", [square(30, 0), ring]), "bad-coordinates")
    assert error.where == [2]


def test_points_and_lines_are_no_parcels(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    refuse(write(tmp_path / "points.gpkg", [Point(E0, N0)]), "no-polygons")
    refuse(write(tmp_path / "lines.gpkg", [LineString([(E0, N0), (E0 + 5, N0)])]), "no-polygons")


def test_empty_layer(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"id": [1]}, geometry=[square(0, 0)], crs=5897).iloc[:0]
    frame.to_file(tmp_path / "none.gpkg", geometry_type="Polygon")
    refuse(tmp_path / "none.gpkg", "no-rows")


def test_a_ring_of_a_million_vertices(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    t = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    ring = Polygon(np.column_stack([E0 + 900 * np.cos(t), N0 + 900 * np.sin(t)]))
    error = refuse(write(tmp_path / "ring.gpkg", [ring]), "ring-too-long")
    assert "250,000" in error.detail


def test_spread_over_the_country(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    refuse(write(tmp_path / "wide.gpkg", [square(0, 0), square(10, 0), square(4e5, 0)]), "too-wide")


def test_several_layers_are_named(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"id": [1]}, geometry=[square(0, 0)], crs=5897)
    for name in ("thua", "nha"):
        frame.to_file(tmp_path / "two.gpkg", layer=name)
    assert "thua" in refuse(tmp_path / "two.gpkg", "several-layers").detail
    assert "thua" in refuse(tmp_path / "two.gpkg", "no-such-layer", layer="x").detail


def test_bad_profile_names_the_line(refuse: Callable[..., ImportRefused], tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [square(0, 0)])
    faulty = tmp_path / "p.yaml"
    for text, line in (
        ("name: x\ncolumns:\n  colour: c\n", 3),
        ("name: [\n", 2),
        ("", 1),
        ("kind:\n  default: lake\n", 2),
        ("area_unit: acre", 1),
    ):
        faulty.write_text(text)
        error = refuse(path, "bad-profile", profile=str(faulty))
        assert error.where == [line], text
    refuse(path, "no-profile", profile="nothing")


def test_odd_shapes_enter_and_are_reported(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    bowtie = Polygon([(E0 + 40, N0), (E0 + 50, N0 + 10), (E0 + 50, N0), (E0 + 40, N0 + 10)])
    heights = Polygon([(E0 + 60, N0, 5), (E0 + 70, N0, 5), (E0 + 70, N0 + 10, 5)])
    sliver = Polygon([(E0 + 80, N0), (E0 + 80.0001, N0), (E0 + 80, N0 + 0.0001)])
    two = MultiPolygon([square(100, 0), square(120, 0)])
    rows = [square(0, 0), None, bowtie, heights, sliver, two, square(0, 0), Polygon()]
    path = write(tmp_path / "odd.gpkg", rows, id=[1, 2, 3, 4, 5, 6, 1, 8])
    account = bring(path).account
    assert account.rows == 8
    assert account.parcels_entered == 4
    assert {e["row"] for e in account.not_entered} == {2, 5, 8}
    assert [r["row"] for r in account.repairs] == [3]
    assert [m["parts"] for m in account.multipart] == [2]
    assert [(d["row"], d["of"]) for d in account.duplicates] == [(7, "file row 1")]
    assert account.balanced


def test_the_same_file_twice_changes_nothing(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [square(0, 0), square(10, 0, 5), square(10, 5, 5)])
    first = bring(path)
    assert first.changed
    assert first.account.rows_with_new_points == 1
    assert first.account.moved_max_mm < 0.71
    again = bring(path)
    assert not again.changed
    assert len(again.account.duplicates) == 3
    assert again.account.balanced


def test_a_neighbouring_file_shares_its_boundary(
    bring: Callable[..., ImportResult], conn: Conn, tmp_path: Path
) -> None:
    bring(write(tmp_path / "a.gpkg", [square(0, 0)]))
    done = bring(write(tmp_path / "b.gpkg", [square(10, 3, 4), square(5, 20)]))
    assert [a["points_added"] for a in done.account.adjacent] == [2]
    row = conn.execute("SELECT count(*) AS n FROM fabric.parcel_version WHERE cause = 'adjacent'").fetchone()
    assert row is not None
    assert row["n"] == 1


def test_arcs_are_replaced_by_chords(bring: Callable[..., ImportResult], tmp_path: Path) -> None:
    ring = (
        "<gml:Ring><gml:curveMember><gml:Curve><gml:segments><gml:Arc>"
        f"<gml:posList>{E0} {N0} {E0 + 5} {N0 + 5} {E0 + 10} {N0}</gml:posList></gml:Arc>"
        f"<gml:LineStringSegment><gml:posList>{E0 + 10} {N0} {E0} {N0}</gml:posList>"
        "</gml:LineStringSegment></gml:segments></gml:Curve></gml:curveMember></gml:Ring>"
    )
    (tmp_path / "arc.gml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" '
        'xmlns:gml="http://www.opengis.net/gml/3.2" gml:id="c"><ogr:featureMember><ogr:thua gml:id="t.1"><ogr:geom>'
        '<gml:Surface gml:id="g" srsName="urn:ogc:def:crs:EPSG::5897"><gml:patches><gml:PolygonPatch><gml:exterior>'
        f"{ring}</gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface></ogr:geom><ogr:id>1</ogr:id>"
        "</ogr:thua></ogr:featureMember></ogr:FeatureCollection>",
        encoding="utf-8",
    )
    done = bring(tmp_path / "arc.gml", crs="EPSG:5897")
    assert done.account.parcels_entered == 1
    assert abs(done.account.area["in"] / 2e6 - math.pi * 25 / 2) < 0.1
