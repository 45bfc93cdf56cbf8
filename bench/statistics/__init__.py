"""Scores with their intervals, and whether two methods can be told apart."""
