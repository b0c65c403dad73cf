"""The land as vectors: fabric (ledger of faces), register, tiles, exchange and sample. No HTTP in here."""
