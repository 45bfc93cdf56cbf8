"""Draws what a study found, one picture a file; the look is that of the leaderboards' figures."""
