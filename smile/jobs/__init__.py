"""Sends a command to a cluster as a job, follows and stops it, and fetches what it wrote."""
