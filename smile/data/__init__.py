"""Reads faces from disk and makes stand-ins: numpy only, no rendering, no learning."""
