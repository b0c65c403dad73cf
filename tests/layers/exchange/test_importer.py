"""Real cadastres into a real fabric: the acceptance figures of the living map."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from layers.exchange.importer import ImportResult, import_file
from layers.exchange.refused import ImportRefused
from layers.fabric.audit import audit

Conn = psycopg.Connection[DictRow]


@pytest.fixture
def waiheke(test_data: Path) -> Path:
    return test_data / "parcels" / "waiheke_7636.gpkg"


@pytest.fixture
def nz(database: Callable[..., str]) -> Iterator[Conn]:
    """A fabric in NZTM with one unit without a place."""
    connection = psycopg.connect(database(srid=2193), row_factory=dict_row)
    connection.execute("INSERT INTO register.unit (code, name) VALUES ('WHK', 'Waiheke')")
    connection.commit()
    yield connection
    connection.close()


def one(conn: Conn, query: str) -> object:
    row = conn.execute(query).fetchone()
    assert row is not None
    return next(iter(row.values()))


def load(conn: Conn, path: Path, **options: object) -> ImportResult:
    done = import_file(conn, path, unit="WHK", **options)  # type: ignore[arg-type]
    conn.commit()
    return done


def test_waiheke_enters_whole_and_its_roads_are_duplicates(nz: Conn, waiheke: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    done = load(nz, waiheke, layer="parcels", report_dir=tmp_path, progress=lambda stage, a, b: stages.append(stage))
    account = done.account
    assert (account.rows, account.parcels_entered) == (7636, 7636)
    assert account.faces == {"parcels": 7642, "overlaps": 0, "gaps": 0}
    assert account.not_entered == []
    assert account.overlaps == account.gaps == account.duplicates == []
    assert len(account.multipart) == 5
    assert account.balanced
    assert account.area["in"] == account.area["out"]
    kinds = {
        r["kind"]: r["n"]
        for r in nz.execute("SELECT kind, count(DISTINCT source_id) AS n FROM fabric.parcel_version GROUP BY 1")
    }
    assert kinds == {"land": 6919, "road": 683, "water": 34}
    assert audit(nz, None).clean
    assert {"read", "partition", "copy", "report"} <= set(stages)
    written = json.loads((tmp_path / "waiheke_7636.report.json").read_text())
    assert written["parcels_entered"] == 7636
    assert "7.636" in (tmp_path / "waiheke_7636.report.html").read_text()

    head = one(nz, "SELECT seq FROM feed.head")
    again = load(nz, waiheke, layer="road_parcels")
    assert not again.changed
    assert len(again.account.duplicates) == 683
    assert again.account.balanced
    assert one(nz, "SELECT seq FROM feed.head") == head
    assert "Nothing changed" in again.summary()


def test_north_auckland_lists_what_is_wrong_one_by_one(nz: Conn, test_data: Path) -> None:
    done = load(nz, test_data / "parcels" / "northauckland_2993.gpkg")
    account = done.account
    assert account.rows == account.parcels_entered == 2993
    assert len(account.overlaps) == 6
    assert round(sum(o["area_m2"] for o in account.overlaps), 1) == 867.4
    assert all(len(o["source_ids"]) == 2 for o in account.overlaps)
    assert len(account.gaps) == 5
    assert account.balanced
    off = {m["source_id"] for m in account.area_mismatches if m["column"] == "CALC_AREA"}
    assert off
    kinds = {r["kind"]: r["n"] for r in nz.execute("SELECT kind, count(*) AS n FROM fabric.parcel_version GROUP BY 1")}
    assert kinds["disputed"] == 6
    assert kinds["unassigned"] == 5
    assert audit(nz, None).clean


def test_drawings_give_the_same_parcels(nz: Conn, test_data: Path) -> None:
    done = load(nz, test_data / "parcels" / "waiheke_subset.dxf", crs="EPSG:2193")
    assert done.account.parcels_entered == 1527
    assert done.crs.declared_by == "user"
    assert audit(nz, None).clean


def test_a_refusal_leaves_nothing(nz: Conn, test_data: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        import_file(nz, test_data / "reference" / "dgn_v8_2dMetricGeneral.dgn", unit="WHK")
    assert refused.value.slug == "dgn-v8"
    with pytest.raises(ImportRefused, match="several polygon layers"):
        import_file(nz, test_data / "parcels" / "waiheke_7636.gpkg", unit="WHK")
    with pytest.raises(ImportRefused, match="no unit"):
        import_file(nz, test_data / "parcels" / "waiheke_7636.gpkg", unit="nowhere")
    assert one(nz, "SELECT count(*) FROM fabric.parcel_version") == 0


@pytest.mark.parametrize(
    ("srid", "name", "layer", "profile", "rows"),
    [
        (2154, "edigeo-130290000A01.tar.bz2", "PARCELLE_id", "edigeo", 389),
        (28992, "cadastralparcels-limburg.gml", None, "inspire", 50),
        (28992, "cadastralparcels-northholland.gml", None, "inspire", 50),
        (2193, "waiheke_subset_v7.dgn", None, "drawing", 1527),
    ],
)
def test_other_formats(
    database: Callable[..., str], test_data: Path, srid: int, name: str, layer: str | None, profile: str, rows: int
) -> None:
    with psycopg.connect(database(srid=srid), row_factory=dict_row) as conn:
        conn.execute("INSERT INTO register.unit (code, name) VALUES ('WHK', 'somewhere')")
        crs = "EPSG:2193" if srid == 2193 else None
        done = import_file(conn, test_data / "parcels" / name, unit="WHK", layer=layer, crs=crs)
        assert done.profile == profile
        assert done.account.parcels_entered == rows
        assert done.account.balanced
        assert audit(conn, None).clean


def test_street_blocks_of_hanoi_enter_as_they_are(conn: Conn, test_data: Path) -> None:
    conn.execute("UPDATE register.unit SET area_km2 = 3359 WHERE code = '00070'")
    done = import_file(conn, test_data / "osm" / "hanoi_blocks_14015_epsg5897.gpkg", unit="00070")
    assert done.account.parcels_entered == 14015
    assert done.account.overlaps == done.account.gaps == []
    assert audit(conn, None).clean
