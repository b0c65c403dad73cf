"""What the law asks of the shape of parcels, as data: minimum areas, frontage, depth, access, paths. Judging is pure; rules come from the database."""
