"""Trains models: batches, augmentation, the training loop, checkpoints, and several workers."""
