"""Decides: what a study costs, how far it came, and whether its best settings are better than the default."""
