"""Times a vision transformer on views of faces beside the dense one that a script with transformers would train.

Both train the same weights on the same drawn, augmented batches, by decorrelation of the views. The script sends every
patch through eager attention in float32, with a mask for the background, and uses torch's default AdamW. Ours leaves
out the background, uses SDPA, bfloat16 on a GPU, and updates all weights in one fused pass. A GPU trains ViT-B/16 at
224 pixels, with and without torch.compile; a processor trains ViT-S at 112 pixels.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.utils.flop_counter import FlopCounterMode

from bench.speed.row import SpeedRow
from bench.speed.timing import interleave
from smile.arrays import UInt8
from smile.config import Config, override
from smile.losses.embeddings import Embeddings
from smile.losses.total import weigh_terms
from smile.model.face_text import FaceText
from smile.model.image_tower import to_pixels
from smile.progress import Reporter, report_each
from smile.provenance import device as name_device
from smile.rendering.cache.cache import load_or_render
from smile.stand_ins.synthetic import make_synthetic
from smile.training.batches import Batches
from smile.training.forward_pass import carried_out
from smile.training.objective import smile_objective
from smile.training.optimizer import make_optimizer
from smile.training.pretraining import initialise
from smile.training.step import Stepper

#: Largest difference of features and of gradients in float32, relative to the largest value.
TOLERANCE = 1e-5
ROUNDS = 3
#: Dense bfloat16 TFLOP/s in data sheets, by a part of the device's name; the first match counts.
SHEET = {"H100 PCIe": 756, "H100 NVL": 835, "H100": 989, "H200": 989, "A100": 312, "RTX 4090": 165}


@dataclass(frozen=True)
class Case:
    """Says how large the comparison is."""

    tower: str
    size: int  # pixels
    batch: int  # clips
    steps: int  # number of steps that are timed together
    matmul: int  # side of the matrix product whose speed counts as the peak
    compiled: bool = False


PROCESSOR = (Case("small", 112, 4, 2, 1024),)
GRAPHICS = (Case("base", 224, 32, 10, 8192), Case("base", 224, 32, 10, 8192, compiled=True))


def time_vit(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case; uses a GPU if there is one."""
    cases = GRAPHICS if torch.cuda.is_available() else PROCESSOR
    return [time_vit_case(case) for case in report_each(reporter, "Timing vit", cases)]


def time_vit_case(case: Case) -> SpeedRow:
    """Returns one row: compares features and gradients first, then times steps in turn."""
    config = _configure(case)
    images = draw_moving_faces(config, case.batch)
    with ExitStack() as stack:
        ours, dense = OurVitSteps(config, images), Dense(config, images)
        features, gradients = differences(ours.model, dense, images)
        operations = ours.count()
        stack.enter_context(carried_out(ours.model, config.training))
        seconds = interleave(
            {"ours": lambda: ours.run(case.steps), "dense": lambda: dense.run(case.steps)}, rounds=ROUNDS, seconds=0.2
        )
        rate = {name: case.steps / found for name, found in seconds.items()}
        about = ours.describe(operations, rate["ours"], case)
    compiled = ", torch.compile" if case.compiled else ""
    return SpeedRow(
        stage="vit",
        case=f"{case.tower}, {case.batch} clips of 3 views at {case.size} px{compiled}",
        ours=case.batch * rate["ours"],
        peer=case.batch * rate["dense"],
        peer_name="transformers, eager, float32, dense",
        unit="clips/s",
        equal=features < TOLERANCE and gradients < TOLERANCE,
        note=f"in float32 features differ by {features:.0e}, gradients by {gradients:.0e}; {about}",
    )


def draw_moving_faces(config: Config, clips: int) -> UInt8:
    """Draws images [N, V, C, H, W] of synthetic faces that move, as in any run."""
    faces = make_synthetic(-(-clips // 6), frames=4)
    with tempfile.TemporaryDirectory() as folder:
        return np.array(load_or_render(faces, config.rendering, Path(folder), lambda *_: None).images[:clips])


def differences(model: FaceText, dense: Dense, images: UInt8) -> tuple[float, float]:
    """Returns the difference of features and of gradients on these images, in float32, relative to the largest."""
    pixels = to_pixels(torch.from_numpy(images).to(model.device))
    found, expected = model(pixels).view_features, dense.features(pixels)
    weights = torch.randn(expected.shape, generator=torch.Generator().manual_seed(0)).to(expected.device)
    gradients = [
        torch.autograd.grad((features * weights).sum(), list(one.image.parameters()))
        for features, one in ((found, model), (expected, dense.model))
    ]
    ours, theirs = (torch.cat([value.ravel() for value in values]) for values in gradients)
    return _apart(found.detach(), expected.detach()), _apart(ours, theirs)


class OurVitSteps:
    """Takes the steps of this project."""

    def __init__(self, config: Config, images: UInt8) -> None:
        self.model = initialise(config, images, None).train()
        self.batches = Batches(images, config.training, patches=self.model.image.patches)
        objective, optimizer = smile_objective(config.losses), make_optimizer(self.model, config.training)
        self.stepper = Stepper(self.model, objective, self.batches, optimizer)

    def run(self, steps: int) -> None:
        """Takes this many steps, and waits until the device has finished."""
        for step in range(steps):
            self.stepper.take(step)
        _finish(self.model.device)

    def count(self) -> int:
        """Returns the floating point operations of a step, for the computed tokens only; call it before compilation."""
        with FlopCounterMode(display=False) as counter:
            self.stepper.take(0)
        return int(counter.get_total_flops())

    def describe(self, operations: int, rate: float, case: Case) -> str:
        """Describes the fraction of computed tokens, the time for batches, and the MFU at `rate` steps per second."""
        device = self.model.device
        waits = _time(lambda: self.batches.read(0, device), device) * rate
        speed, kind = operations * rate, torch.bfloat16 if device.type == "cuda" else torch.float32
        peak = measure_peak(case.matmul, kind, device)
        named = next((tera for part, tera in SHEET.items() if device.type == "cuda" and part in name_device()), None)
        sheet = f", {speed / named / 1e12:.0%} of the data sheet's {named}" if named else ""
        return (
            f"{self.share(case.steps):.0%} of the tokens; {waits:.1%} of ours is reading and augmenting; "
            f"{speed / 1e12:.3g} TFLOP/s in {str(kind).removeprefix('torch.')}, MFU {speed / peak:.0%} of the "
            f"{peak / 1e12:.3g} of a matrix product of side {case.matmul}{sheet}"
        )

    def share(self, steps: int) -> float:
        """Returns the fraction of tokens in augmented batches that show a face, without class tokens."""
        patches = self.model.image.patches
        assert patches is not None
        batches = [self.batches.read(step, self.model.device).pixels.flatten(0, 1) for step in range(steps)]
        return float(torch.stack([patches.find(pixels).float().mean() for pixels in batches]).mean())


class Dense:
    """Trains as the script does: all tokens, with the background masked out of attention."""

    def __init__(self, config: Config, images: UInt8) -> None:
        self.model = initialise(config, images, None).train()
        self.model.image.tower.set_attn_implementation("eager")
        self.batches = Batches(images, config.training, patches=self.model.image.patches)
        self.losses, self.clip = config.losses, config.training.gradient_clip
        self.optimizer = AdamW(self.model.parameters(), lr=config.training.learning_rate)

    def run(self, steps: int) -> None:
        """Takes this many steps, and waits until the device has finished."""
        for step in range(steps):
            self.optimizer.zero_grad()
            views_BVD = self.model.image_projection(self.features(self.batches.read(step, self.model.device).pixels))
            terms = weigh_terms(Embeddings(views_BVD, views_BVD.mean(dim=1)), self.losses)
            torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]  # torch gives no type
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
            self.optimizer.step()
        _finish(self.model.device)

    def features(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the pooled features of the tower [B, V, F]."""
        image, pixels_NCHW = self.model.image, pixels_BVCHW.flatten(0, 1)
        assert image.patches is not None
        seen_NP = image.patches.find(pixels_NCHW)
        seen_NL = torch.cat([seen_NP.new_ones(len(seen_NP), 1), seen_NP], dim=1)
        mask = torch.zeros(seen_NL.shape, device=seen_NL.device).masked_fill(~seen_NL, -torch.inf)
        pooled: Tensor = image.tower(pixel_values=pixels_NCHW, attention_mask=mask[:, None, None]).pooler_output
        return pooled.view(*pixels_BVCHW.shape[:2], -1)


def measure_peak(side: int, kind: torch.dtype, device: torch.device) -> float:
    """Returns FLOP/s of a product of two square matrices: the median of five."""
    first, second = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    torch.mm(first, second)
    return 2 * side**3 / statistics.median(_time(lambda: torch.mm(first, second), device) for _ in range(5))


def _configure(case: Case) -> Config:
    settings = {
        "rendering.image_size": case.size,
        "rendering.frames": 4,
        "model.image_tower": case.tower,
        "training.batch_size": case.batch,
        "training.compile": case.compiled,
    }
    return override(Config(), settings)


def _apart(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).abs().max() / expected.abs().max())


def _time(work: Callable[[], object], device: torch.device) -> float:
    _finish(device)
    start = time.perf_counter()
    work()
    _finish(device)
    return time.perf_counter() - start


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
