"""Import of vector files into the fabric, and what it reports."""
