"""The land from above. Empty until scenes, rendering and change detection are built (see README)."""
