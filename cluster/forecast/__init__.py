"""Says what a run on many machines would take: a model fitted to what was measured on this one, and a simulation."""
