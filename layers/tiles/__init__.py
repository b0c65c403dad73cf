"""Vector tiles of the fabric: one statement a tile, generalised snapshot and delta below zoom 14, guarded cache."""
