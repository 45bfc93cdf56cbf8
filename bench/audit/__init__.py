"""Looks for what would make a result worth nothing: subjects seen before, labels in captions."""
