"""Moves the weights: batches, augmentation, the loop, checkpoints, and putting it all on workers."""
