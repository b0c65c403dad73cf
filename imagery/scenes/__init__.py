"""Scenes: what was taken from above. Recognised, checked, converted to COG, kept in an object store, catalogued."""
