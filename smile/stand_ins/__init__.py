"""Makes faces that take the place of licensed recordings, by formulas or from a morphable face model."""
