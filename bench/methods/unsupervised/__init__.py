"""TABLE LEARNERS: losses that learn from images alone; UNSUPERVISED has a method or two for each."""

from __future__ import annotations

from bench.methods.method import Later, Method
from bench.methods.unsupervised.positives import Positives

_ROOM = "bench.methods.unsupervised"

#: Name, which is that of the file -> title, and class in the file. Each gives two methods: `name` compares two
#: augmentations of the front view, `name`_views compares the views of a clip.
LEARNERS: dict[str, tuple[str, str]] = {
    "simclr": ("SimCLR", "SimCLR"),
    "barlow_twins": ("Barlow Twins", "BarlowTwins"),
    "vicreg": ("VICReg", "VICReg"),
    "moco_v3": ("MoCo v3", "MoCoV3"),
    "byol": ("BYOL", "BYOL"),
    "simsiam": ("SimSiam", "SimSiam"),
    "swav": ("SwAV", "SwAV"),
    "dino": ("DINO", "DINO"),
    "mae": ("Masked autoencoder", "MAE"),
}


def _learn(name: str, title: str, learner: str, **pictures: bool) -> Method:
    return Method(title, "unsupervised", Positives(Later(f"{_ROOM}.{name}", learner), **pictures))


UNSUPERVISED: dict[str, Method] = {
    "random": Method("Random encoder", "unsupervised", Later(f"{_ROOM}.random_encoder")),
    **{name: _learn(name, f"{title}, front view", learner) for name, (title, learner) in LEARNERS.items()},
    **{
        f"{name}_views": _learn(name, f"{title}, all views", learner, all_views=True, twins=False)
        for name, (title, learner) in LEARNERS.items()
    },
    "cmc": _learn("cmc", "CMC", "CMC", all_views=True, twins=False),
    "mifar": _learn("mifar", "MiFaR (our reading)", "MiFaR", all_views=True, twins=True),
}
