"""Draws settings to try, and stops trials that fall behind."""
