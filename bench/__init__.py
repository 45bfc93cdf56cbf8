"""Measures encoders of 3D and 4D faces: methods, protocols, records and tables."""
