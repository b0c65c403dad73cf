"""Simulated scenes of a city of parcels, with changes that are known: for demonstration, training and tests."""
