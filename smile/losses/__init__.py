"""Says how wrong the vectors are: pure functions of tensors, one term a file."""
