"""python -m bench.run features --model M --out F.npz: writes the features of a trained model for every clip."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from smile.door import Once
from smile.progress import Reporter

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.arrays import Float32
    from smile.rendering.views import Views


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("--model", type=Path, required=True, metavar="DIR", help="what smile.run train wrote")
    add("--data", action=Once, metavar="NAME=DIR", help="a data set on disk (default: synthetic faces)")
    add("--out", type=Path, required=True, metavar="F.npz", help="features [N, D], clips, subjects and labels")
    add("--map", type=Path, metavar="F.png", help="also draw the features as points, by expression and by subject")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    add("--workers", type=int, metavar="N", help="threads that render (default: one a core)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Draws the faces as the model was trained on, encodes them, and writes one file of numpy without pickle."""
    import numpy as np

    from smile.atomic import replacing
    from smile.data.face import name_labels
    from smile.door import require_file, require_worker
    from smile.model.encoding import encode_faces
    from smile.prediction import Predictor
    from smile.rendering.cache.cache import load_or_render
    from smile.sources import DEFAULT, open_source, parse_source

    require_worker(options.workers)
    require_file("--out", options.out, [".npz"])
    if options.map:
        require_file("--map", options.map, [".png"])
    predictor = Predictor.from_pretrained(options.model)
    data_set = open_source(parse_source(options.data) if options.data else DEFAULT)
    views = load_or_render(data_set, predictor.rendering, options.cache, reporter, options.workers)
    features = encode_faces(predictor.model, views.images).side_by_side
    with replacing(options.out) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            features=features,
            clips=np.array(views.clip_ids),
            subjects=np.array(views.subjects),
            labels=np.array([name_labels(own) for own in views.labels]),
            stand_in=np.array(views.stand_in),
        )
    print(f"{options.out}: {len(features)} clips, {features.shape[1]} features each")
    if options.map:
        _draw_map(options, views, features)
    return 0


def _draw_map(options: argparse.Namespace, views: Views, features: Float32) -> None:
    from bench.figures.embedding import draw_embedding
    from smile.data.face import name_labels

    stand_in = f" (stand-in: {views.stand_in})" if views.stand_in else ""
    title = f"{views.title}{stand_in}: features of {options.model.name}, t-SNE"
    draw_embedding(options.map, title, features, [name_labels(own) for own in views.labels], views.subjects)
    print(f"{options.map}: what lies close is alike; distances between far points mean nothing")
