"""One worker of test_gather: python gather_worker.py RANK WORKERS FOLDER; it writes losses, shares and gradients."""

import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils._python_dispatch import TorchDispatchMode

from smile.config import Losses, override
from smile.losses.embeddings import Embeddings
from smile.losses.share import share_gradient
from smile.losses.total import TERMS, weigh_terms

CLIPS, WIDTH, AXES = 24, 5, 3
#: Case -> what differs from all three terms with InfoNCE.
CASES: dict[str, dict[str, object]] = {
    "all": {},
    "sigmoid": {"alignment.kind": "sigmoid"},
    "axes": {"alignment.kind": "axes"},
    "phrases": {"alignment.kind": "phrases"},
    "fused alone": {"alignment.per_view": False},
    **{name: {f"{other}.weight": 0.0 for other in TERMS if other != name} for name in TERMS},
}
PLAIN = {"redundancy.diagonal": True, "decorrelation.off_diagonal_weight": 0.5, "decorrelation.weight": 0.3}


class Model(nn.Module):
    """Projections of pictures and texts, and a learnt temperature and bias that are used after rows are joined."""

    def __init__(self, losses: Losses) -> None:
        super().__init__()
        self.losses = losses
        self.picture, self.text = nn.Linear(6, WIDTH), nn.Linear(4, WIDTH)
        self.phrases = nn.Parameter(torch.randn(2 * AXES, WIDTH))
        self.log_scale, self.bias = nn.Parameter(torch.tensor(1.5)), nn.Parameter(torch.tensor(-2.0))

    def forward(
        self, pictures: Tensor, texts: Tensor, captions: Tensor, scores: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        views, text = self.picture(pictures).tanh(), self.text(texts).tanh()
        scale = self.log_scale.exp()
        own = Embeddings(views, views.mean(dim=1), text, captions, scale, self.bias, self.phrases, scores)
        terms = weigh_terms(own, self.losses)
        return torch.stack(list(terms.values())).sum(), share_gradient(terms, [views, text])


class Largest(TorchDispatchMode):
    """Watches for the largest number of elements that any operation gives, forward and backward."""

    numel = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for one in result if isinstance(result, (tuple, list)) else (result,):
            self.numel = max(self.numel, one.numel() if isinstance(one, Tensor) else 0)
        return result


def run(rank: int, workers: int) -> dict[str, Tensor]:
    """Loss, shares and the gradient of every weight of each case, on this worker's slice of one batch."""
    found: dict[str, Tensor] = {}
    for case, changes in CASES.items():
        torch.manual_seed(0)
        model: nn.Module = Model(override(Losses(), PLAIN | changes))
        pictures, texts = torch.randn(CLIPS, 3, 6), torch.randn(CLIPS, 4)
        # Clips without a caption are not shared evenly: worker 0 of 2 has five of them, worker 1 one.
        captions = torch.tensor([0, 1, 2, 0, 3, -1, 1, 4, -1, -1, -1, -1, *range(5, 14), 1, 0, -1])
        scores = torch.randn(CLIPS, AXES).masked_fill(captions[:, None] < 0, torch.nan)
        own = slice(rank * CLIPS // workers, (rank + 1) * CLIPS // workers)
        wrapped = DistributedDataParallel(model, find_unused_parameters=True) if workers > 1 else model
        loss, shares = wrapped(pictures[own], texts[own], captions[own], scores[own])
        loss.backward()
        values = {"loss": loss.detach(), **{f"share/{name}": value for name, value in shares.items()}}
        values |= {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
        found |= {f"{case}: {name}": value for name, value in values.items()}
    return found


def measure(workers: int, kind: str, batch: int) -> int:
    """Elements of the largest tensor in value and gradient of the alignment of a joined batch."""
    losses = override(Losses(), {"alignment.kind": kind, "decorrelation.weight": 0.0, "redundancy.weight": 0.0})
    model = Model(losses)
    clips = batch // workers
    with Largest() as largest:
        drawn = (torch.randn(clips, 1, 6), torch.randn(clips, 4), torch.arange(clips), torch.randn(clips, AXES))
        loss, _ = model(*drawn)
        loss.backward()
    return largest.numel


if __name__ == "__main__":
    rank, workers, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"file://{folder / 'meeting'}", rank=rank, world_size=workers)
    sizes = {f"largest {kind}": torch.tensor(measure(workers, kind, 128)) for kind in ("infonce", "sigmoid")}
    save_file(run(rank, workers) | sizes, folder / f"{rank}.safetensors")
    distributed.destroy_process_group()
