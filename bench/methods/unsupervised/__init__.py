"""Methods that learn from pictures alone."""
