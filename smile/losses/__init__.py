"""Computes the loss of embeddings: pure functions of tensors, one loss term per file."""
