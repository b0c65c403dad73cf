"""Looking things up: parcels, units, search, the map's own description."""
