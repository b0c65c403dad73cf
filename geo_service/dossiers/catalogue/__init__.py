"""Procedures as data: what a dossier is opened under. Definitions are validated, versioned, and varied by unit; code knows none of them."""
