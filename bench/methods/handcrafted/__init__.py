"""TABLE HANDCRAFTED: methods whose features were designed by people, each with a linear SVM."""

from __future__ import annotations

from bench.methods.handcrafted.displacement import fit_displacement
from bench.methods.handcrafted.histograms import fit_gradients, fit_patterns, fit_shapes
from bench.methods.method import Method

HANDCRAFTED: dict[str, Method] = {
    "landmarks": Method(
        "Landmark displacement, linear SVM", "floor", fit_displacement, classifier="svm", knows="landmarks"
    ),
    "hog": Method("HOG, linear SVM", "handcrafted", fit_gradients, classifier="svm"),
    "lbp": Method("LBP, linear SVM", "handcrafted", fit_patterns, classifier="svm"),
    "shapes": Method("Shape index and curvedness, linear SVM", "handcrafted", fit_shapes, classifier="svm"),
}
