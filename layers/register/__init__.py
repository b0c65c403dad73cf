"""Facts about parcels and places: units, labels, national codes, land-use codes."""
