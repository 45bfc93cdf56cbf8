"""Measures the share of each weighted loss term in the gradient at the embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from smile.losses.gather import add_up


def share_gradient(terms: Mapping[str, Tensor], embeddings: Sequence[Tensor]) -> dict[str, Tensor]:
    """Returns term -> norm of its gradient at the embeddings, divided by the sum of the norms of all terms.

    `embeddings` are those of this worker; the norms are over all workers. Two terms that pull in opposite directions
    do not cancel: norms of 3 and 1 give 0.75 and 0.25. Keeps the graph, and changes no gradient of a parameter.
    """
    squares = torch.stack([_square_norm(term, embeddings) for term in terms.values()])
    norms = add_up(squares).sqrt()
    return dict(zip(terms, (norms / norms.sum().clamp(min=torch.finfo(norms.dtype).tiny)).unbind(), strict=True))


def _square_norm(term: Tensor, embeddings: Sequence[Tensor]) -> Tensor:
    gradients = torch.autograd.grad(term, list(embeddings), retain_graph=True, allow_unused=True)
    return torch.stack([term.new_zeros(()), *(g.square().sum() for g in gradients if g is not None)]).sum()
