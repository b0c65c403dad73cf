"""A detection run: common grid, tile-streamed scores on threads or a cluster, regions, what each parcel is told, ranked leads; whole or not at all."""
