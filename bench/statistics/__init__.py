"""Computes scores with intervals, and whether two methods differ significantly."""
