"""What stands on a figure that is being saved, and what of it leaves the canvas."""

from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from unittest import mock

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image


@contextmanager
def keeping():
    """Yields a dictionary that gets each figure that is saved meanwhile, by the name of its file; no pixel is drawn."""
    kept = {}

    def keep(figure, file, **_):
        figure.draw_without_rendering()
        kept[Path(file).name.split(".")[1 if Path(file).name.startswith(".") else 0]] = figure
        Image.new("RGB", (1, 1)).save(file, "png")

    with mock.patch.object(Figure, "savefig", keep):
        yield kept


@contextmanager
def without_pixels():
    """Builds figures and paints none, which takes most of their time: for tests of what stands beside figures."""
    with mock.patch.object(Figure, "savefig", lambda _, file, **__: Image.new("RGB", (1, 1)).save(file, "png")):
        yield


def texts_of(figure):
    """Every text that is drawn, with its box; a logarithmic axis keeps ticks beyond its ends, which are not."""
    beyond = {
        id(tick.label1)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    hidden = {id(text) for axes in figure.axes if not axes.axison for text in axes.findobj(Text)}
    shown = (text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip())
    return [(text.get_text(), text.get_window_extent()) for text in shown if id(text) not in beyond | hidden]


def find_outside(figure):
    """The texts that leave the canvas, by more than a pixel."""
    canvas = figure.bbox.padded(1)
    return [
        text
        for text, box in texts_of(figure)
        if box.width
        and not all(
            (canvas.containsx(box.x0), canvas.containsx(box.x1), canvas.containsy(box.y0), canvas.containsy(box.y1))
        )
    ]


def find_touching(figure):
    """Pairs of neighbouring ticks, level ones, whose labels touch; slanted ones have boxes that overlap anyway."""
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ends = sorted(axis.get_view_interval())
            ticks = sorted(
                (tick.get_loc(), tick.label1)
                for tick in axis.get_major_ticks()
                if ends[0] <= tick.get_loc() <= ends[1] and tick.label1.get_text() and not tick.label1.get_rotation()
            )
            shown = [label for _, label in ticks if label.get_visible()]
            for one, other in pairwise(shown):
                if one.get_window_extent().padded(1).overlaps(other.get_window_extent()):
                    found.append((one.get_text(), other.get_text()))
    return found
