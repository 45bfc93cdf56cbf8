"""Holds methods without learning, as floors: every other score must be compared with theirs."""
