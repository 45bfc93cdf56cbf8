"""Reads formats that pack meshes as bytes: .stl whole, and what trimesh does not tell of .glb."""
