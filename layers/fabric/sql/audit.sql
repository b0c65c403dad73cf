-- Recount the directed segments of every face of one state. What does not cancel must be the outer ring in force.
-- Each row is a segment whose count is wrong: net > 0 more faces on its left than right should have, and so on.
WITH alive AS MATERIALIZED (
    SELECT v.geom FROM fabric.parcel_version v WHERE @ALIVE@),
ring AS (SELECT fabric.outline_at(%(at)s) AS geom),
directed AS MATERIALIZED (
    SELECT s.*, 1 AS sign FROM alive, LATERAL fabric.segments(geom) s
    UNION ALL
    SELECT s.*, -1 FROM ring, LATERAL fabric.segments(geom) s)
SELECT x1, y1, x2, y2, sum(n)::bigint AS net FROM (
    SELECT x1, y1, x2, y2, sign AS n FROM directed WHERE x1 < x2 OR (x1 = x2 AND y1 <= y2)
    UNION ALL
    SELECT x2, y2, x1, y1, -sign FROM directed WHERE NOT (x1 < x2 OR (x1 = x2 AND y1 <= y2))) d
GROUP BY x1, y1, x2, y2 HAVING sum(n) <> 0
