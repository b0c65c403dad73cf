-- One tile of the fabric at zoom 14 and above, in one statement. %(z)s %(x)s %(y)s; @ALIVE@ and @FACTS@ are chosen by render.py.
-- (ST_AsMVT leaves out faces without geometry itself; a filter here would clip each face twice.)
-- The search box is the tile plus the buffer, in the SRID of the index; nothing cuts silently: every face of the tile is in it.
WITH tile AS (
    SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box, ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096) AS search),
faces AS (
    SELECT v.parcel_id AS id, v.kind, coalesce(v.land_use, '') AS lu@FACTS@,
           ST_AsMVTGeom(v.geom_3857, tile.box, 4096, 64, true) AS geom
    FROM tile, fabric.parcel_version v WHERE v.geom_3857 && tile.search AND @ALIVE@),
limits AS (
    SELECT ST_AsMVTGeom(l.geom_3857, tile.box, 4096, 64, true) AS geom
    FROM tile, tiles.unit_limit l WHERE l.geom_3857 && tile.search)
SELECT coalesce((SELECT ST_AsMVT(f, 'faces', 4096, 'geom', 'id') FROM faces f), ''::bytea)
    || coalesce((SELECT ST_AsMVT(l, 'limits', 4096, 'geom') FROM limits l), ''::bytea)
    @LABELS@ AS mvt
