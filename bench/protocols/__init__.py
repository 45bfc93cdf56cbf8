"""TABLE PROTOCOLS: how frozen embeddings are measured, fold by fold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.protocols.linear_probe import probe

#: What `linear_probe.probe` is: embeddings, labels, subjects, tested rows, classifier, seed -> predicted class numbers.
Protocol = Callable[..., NDArray[np.int64]]

PROTOCOLS: dict[str, Protocol] = {"linear_probe": probe}
