"""Searches loss weights and view counts with Ray Tune and Optuna."""
