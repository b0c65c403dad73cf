-- Faces alive at one moment that the snapshot does not show, as a layer to be drawn over it. Since the fabric is a
-- partition, they cover exactly what changed. @ALIVE@ is the moment asked for; @DIFFERS@ are the versions that differ.
WITH tile AS (
    SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box, ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096) AS search),
faces AS (
    SELECT v.parcel_id AS id, v.kind, coalesce(v.land_use, '') AS lu, ST_AsMVTGeom(v.geom_3857, tile.box, 4096, 64, true) AS geom
    FROM tile, fabric.parcel_version v WHERE v.geom_3857 && tile.search AND @ALIVE@ AND @DIFFERS@)
SELECT coalesce((SELECT ST_AsMVT(f, 'delta', 4096, 'geom', 'id') FROM faces f), ''::bytea) AS mvt
