|| coalesce((
        SELECT ST_AsMVT(t, 'labels', 4096, 'geom', 'id') FROM (
            SELECT v.parcel_id AS id, v.number AS num, coalesce(v.land_use, '') AS lu,
                   round(coalesce(v.official_area_m2, v.area_m2) * 10) / 10 AS area,
                   ST_AsMVTGeom(a.anchor, tile.box, 4096, 0, true) AS geom
            FROM tile, fabric.parcel_version v, LATERAL (SELECT ST_PointOnSurface(v.geom_3857) AS anchor) a
            WHERE v.geom_3857 && tile.box AND @ALIVE@ AND v.number IS NOT NULL AND v.kind IN ('land', 'disputed', 'unassigned')
              AND ST_X(a.anchor) >= ST_XMin(tile.box) AND ST_X(a.anchor) < ST_XMax(tile.box)
              AND ST_Y(a.anchor) > ST_YMin(tile.box) AND ST_Y(a.anchor) <= ST_YMax(tile.box)) t), ''::bytea)
