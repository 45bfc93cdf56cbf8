"""What a face is, and how it comes from disk: numpy only, no rendering, no torch."""
