"""Times the project beside the tools that a user would use instead: python -m bench.speed, one stage per file."""
