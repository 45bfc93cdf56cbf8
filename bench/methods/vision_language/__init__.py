"""Methods that learn from pictures and sentences."""
