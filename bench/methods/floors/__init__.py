"""Methods without learning: what every score has to be seen beside."""
