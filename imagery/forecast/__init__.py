"""Where built-up land will appear next: a small model over parcels of open land, with its error beside it."""
