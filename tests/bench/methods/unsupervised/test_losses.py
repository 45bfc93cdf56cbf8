"""Each loss is its paper's equation, written out clip by clip: to 1e-5 in value and in gradient."""

import math

import pytest
import torch

from bench.methods.unsupervised.byol import miss
from bench.methods.unsupervised.cmc import contrast_views
from bench.methods.unsupervised.dino import imitate
from bench.methods.unsupervised.mae import cut_patches, draw_hidden, hide_patches, miss_hidden
from bench.methods.unsupervised.moco_v3 import find_keys
from bench.methods.unsupervised.simclr import nt_xent
from bench.methods.unsupervised.simsiam import distance
from bench.methods.unsupervised.swav import assign, swap
from bench.methods.unsupervised.vicreg import regularise

CLIPS, WIDTH = 5, 4


def mean(values):
    return sum(values) / len(values)


def cosine(first, second):
    return sum(a * b for a, b in zip(first, second, strict=True)) / (first.norm() * second.norm())


def miss_right(scores, right):
    """Minus the log of the share of the right one among scores, each a number."""
    return -scores[right] + torch.log(sum(torch.exp(one) for one in scores))


def simclr(first, second):
    both = [*first, *second]
    losses = []
    for i in range(2 * CLIPS):
        others = [j for j in range(2 * CLIPS) if j != i]
        scores = [cosine(both[i], both[j]) / 0.5 for j in others]
        losses.append(miss_right(scores, others.index((i + CLIPS) % (2 * CLIPS))))
    return mean(losses)


def vicreg(first, second):
    """As the paper's code has it: distances divided by D, both hinges averaged."""

    def covariance(rows, a, b):
        middle = [mean([row[d] for row in rows]) for d in range(WIDTH)]
        return sum((row[a] - middle[a]) * (row[b] - middle[b]) for row in rows) / (CLIPS - 1)

    def hinge(rows):
        gaps = [1 - torch.sqrt(covariance(rows, d, d) + 1e-4) for d in range(WIDTH)]
        return mean([gap if gap > 0 else 0 * gap for gap in gaps])

    def repeated(rows):
        return sum(covariance(rows, a, b) ** 2 for a in range(WIDTH) for b in range(WIDTH) if a != b) / WIDTH

    invariance = mean([sum((a - b) ** 2) for a, b in zip(first, second, strict=True)]) / WIDTH
    return 25 * invariance + 25 * (hinge(first) + hinge(second)) / 2 + repeated(first) + repeated(second)


def byol(first, second):
    return mean([((a / a.norm() - b / b.norm()) ** 2).sum() for a, b in zip(first, second, strict=True)])


def simsiam(first, second):
    return mean([-cosine(a, b) for a, b in zip(first, second, strict=True)])


def moco(first, second):
    return 2 * 0.2 * mean([miss_right([cosine(first[n], key) / 0.2 for key in second], n) for n in range(CLIPS)])


def cmc(first, second):
    return sum(
        mean([miss_right([cosine(own[n], key) / 0.07 for key in others], n) for n in range(CLIPS)])
        for own, others in ((first, second), (second, first))
    )


def sinkhorn(scores):
    """Codes of rows: scaled in turn to equal sums of the prototypes and of the clips."""
    code = [[math.exp(one.item() / 0.05) for one in row] for row in scores]
    for _ in range(3):
        columns = [sum(row[k] for row in code) * WIDTH for k in range(WIDTH)]
        code = [[one / columns[k] for k, one in enumerate(row)] for row in code]
        code = [[one / sum(row) / CLIPS for one in row] for row in code]
    return [[one * CLIPS for one in row] for row in code]


def swav(first, second):
    def told(scores, code):
        return sum(share * miss_right([one / 0.1 for one in scores], k) for k, share in enumerate(code))

    rows = zip(first, sinkhorn(second), second, sinkhorn(first), strict=True)
    return mean([(told(a, code_b) + told(b, code_a)) / 2 for a, code_b, b, code_a in rows])


def dino(first, second):
    losses = []
    for said, taught in zip(first, second, strict=True):
        heights = [math.exp((one.item() - 0.3) / 0.04) for one in taught]
        scores = [one / 0.1 for one in said]
        losses.append(sum(h / sum(heights) * miss_right(scores, k) for k, h in enumerate(heights)))
    return mean(losses)


#: Loss -> (ours, the paper's, whether a gradient reaches the second embedding, size of what it gets).
CASES = {
    "SimCLR": (nt_xent, simclr, True, 1.0),
    "VICReg": (regularise, vicreg, True, 1.0),
    "BYOL": (miss, byol, False, 1.0),
    "SimSiam": (distance, simsiam, False, 1.0),
    "MoCo v3": (find_keys, moco, True, 1.0),
    "CMC": (contrast_views, cmc, True, 1.0),
    "SwAV": (swap, swav, True, 0.3),  # scores are cosines
    "DINO": (lambda a, b: imitate(a, b, torch.full((WIDTH,), 0.3)), dino, False, 0.3),
}


def differentiate(loss, size):
    """The value of a loss of two embeddings, and its gradient at each; None where it reaches none."""
    drawn = size * torch.randn(2, CLIPS, WIDTH, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pair = [one.clone().requires_grad_() for one in drawn]
    value = loss(*pair)
    value.backward()
    return value.item(), [one.grad for one in pair]


@pytest.mark.parametrize("name", CASES)
def test_a_loss_equals_its_equation_clip_by_clip(name):
    ours, paper, second_learns, size = CASES[name]
    value, gradients = differentiate(ours, size)
    expected, wanted = differentiate(paper, size)
    assert value == pytest.approx(expected, rel=1e-5)
    assert gradients[0].abs().max() > 1e-3
    for own, other in list(zip(gradients, wanted, strict=True))[: 1 + second_learns]:
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-8)
    assert (gradients[1] is not None) == second_learns


def test_codes_of_a_batch_use_every_prototype_alike():
    codes = assign(torch.randn(400, 6, generator=torch.Generator().manual_seed(1)) / 3, rounds=50)
    torch.testing.assert_close(codes.sum(dim=1), torch.ones(400))
    torch.testing.assert_close(codes.sum(dim=0), torch.full((6,), 400 / 6), rtol=1e-3, atol=1e-3)


def test_the_masked_autoencoder_is_asked_for_hidden_patches_alone():
    pixels = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    hidden = torch.from_numpy(draw_hidden(0, 5, 2, 1))
    assert hidden.sum(dim=1).tolist() == [48, 48]
    seen = hide_patches(pixels, hidden, 2)
    wanted = torch.zeros(2, 64, 3 * 2 * 2)
    for n in range(2):
        for patch in range(64):
            rows, columns = slice(patch // 8 * 2, patch // 8 * 2 + 2), slice(patch % 8 * 2, patch % 8 * 2 + 2)
            own = pixels[n, :, rows, columns]
            assert torch.equal(seen[n, :, rows, columns], torch.zeros_like(own) if hidden[n, patch] else own)
            wanted[n, patch] = ((own - own.mean()) / torch.sqrt(own.var() + 1e-6)).flatten()
    torch.testing.assert_close(cut_patches(pixels, 2), wanted)
    told = torch.zeros_like(wanted)
    told[~hidden] = 1e6  # what is said of patches that are seen does not count
    assert float(miss_hidden(told, wanted, hidden)) == pytest.approx(float((wanted[hidden] ** 2).mean()))


def test_hidden_patches_change_with_the_step_and_with_the_clip():
    first, second = draw_hidden(0, 1, 2, 1)
    assert (first != second).any()
    assert (draw_hidden(0, 2, 1, 1)[0] != first).any()
