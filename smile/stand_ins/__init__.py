"""Makes faces that stand in for licensed recordings: by formulas, or from a morphable model."""
