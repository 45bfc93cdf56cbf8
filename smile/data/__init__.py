"""Says what a face is, and reads faces from disk, without rendering and without torch."""
