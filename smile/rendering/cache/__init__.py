"""Keeps rendered clips on disk."""
