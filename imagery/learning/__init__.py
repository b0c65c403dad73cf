"""Change learned from labelled pairs: features, gradient-boosted trees, calibration, model card, scores; a slot for a building network."""
