"""How much of the pull on the embeddings each weighted term has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from smile.losses.gather import add_up


def share_gradient(terms: Mapping[str, Tensor], embeddings: Sequence[Tensor]) -> dict[str, Tensor]:
    """Term -> norm of its gradient at this worker's `embeddings`, over all workers, as a fraction of the terms' sum.

    Terms that pull against each other are not set off: the fractions say who pulls how hard. The graph is kept, and
    no gradient of a parameter is touched.
    """
    squares = torch.stack([_square_norm(term, embeddings) for term in terms.values()])
    norms = add_up(squares).sqrt()
    return dict(zip(terms, (norms / norms.sum().clamp(min=torch.finfo(norms.dtype).tiny)).unbind(), strict=True))


def _square_norm(term: Tensor, embeddings: Sequence[Tensor]) -> Tensor:
    gradients = torch.autograd.grad(term, list(embeddings), retain_graph=True, allow_unused=True)
    return torch.stack([term.new_zeros(()), *(g.square().sum() for g in gradients if g is not None)]).sum()
