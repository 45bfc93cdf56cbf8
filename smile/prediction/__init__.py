"""Predicts what new faces show, by sentences alone or by a probe that was fitted on labelled faces."""

from smile.prediction.predictor import Prediction, Predictor

__all__ = ["Prediction", "Predictor"]
