"""Keeps the images of clips on disk."""
