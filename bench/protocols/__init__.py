"""How encoders are measured: which subjects are tested when, and by which classifier."""
