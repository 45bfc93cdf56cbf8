"""One worker of test_gather: python gather_worker.py RANK WORKERS FOLDER; it writes its loss and gradients."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from smile.config import Losses, override
from smile.losses.gather import gather
from smile.losses.total import Embeddings, weigh_terms

LOSSES = override(Losses(), {"redundancy.diagonal": True, "decorrelation.off_diagonal_weight": 0.5})


class Model(nn.Module):
    """Projections of pictures and texts, and a learnt temperature that is used after the rows are joined."""

    def __init__(self) -> None:
        super().__init__()
        self.picture, self.text = nn.Linear(6, 5), nn.Linear(4, 5)
        self.log_scale = nn.Parameter(torch.tensor(1.5))

    def forward(self, pictures: Tensor, texts: Tensor, captions: Tensor) -> Tensor:
        views = gather(self.picture(pictures).tanh())
        text = gather(self.text(texts).tanh())
        terms = weigh_terms(Embeddings(views, views.mean(dim=1), text, gather(captions), self.log_scale.exp()), LOSSES)
        return torch.stack(list(terms.values())).sum()


def run(rank: int, workers: int) -> dict[str, Tensor]:
    """The loss, and the gradient of every weight, on this worker's slice of one batch of eight clips."""
    torch.manual_seed(0)
    model: nn.Module = Model()
    pictures, texts = torch.randn(8, 3, 6), torch.randn(8, 4)
    captions = torch.tensor([0, 1, 2, 0, 3, -1, 1, 4])
    own = slice(rank * 8 // workers, (rank + 1) * 8 // workers)
    wrapped = DistributedDataParallel(model) if workers > 1 else model
    loss = wrapped(pictures[own], texts[own], captions[own])
    loss.backward()
    return {"loss": loss.detach()} | {name: value.grad for name, value in model.named_parameters()}  # type: ignore[dict-item]


if __name__ == "__main__":
    rank, workers, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"file://{folder / 'meeting'}", rank=rank, world_size=workers)
    save_file(run(rank, workers), folder / f"{rank}.safetensors")
    distributed.destroy_process_group()
