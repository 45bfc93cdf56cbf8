"""Draws one scan from several cameras."""
