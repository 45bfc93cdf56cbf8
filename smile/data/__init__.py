"""Says what a face is, and reads faces from disk, with numpy alone: no rendering, no torch."""
