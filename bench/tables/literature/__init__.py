"""Sets what others published beside what was measured here, and never in one ranking."""
