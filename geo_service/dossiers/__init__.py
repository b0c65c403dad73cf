"""Dossiers (hồ sơ): why the map changes, from the counter to the committed boundary."""
