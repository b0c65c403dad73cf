"""Scenes over HTTP: the list, uploads and what becomes of them, files, tiles, and the STAC API."""

import logging

logging.getLogger("stac_fastapi.types.config").setLevel(
    logging.ERROR
)  # warns at import of defaults that stac.py replaces
