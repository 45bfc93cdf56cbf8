"""The project's own speed beside its peers': python -m bench.speed, one stage a file."""
