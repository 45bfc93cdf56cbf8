"""Runs a vision transformer on patches that show a face only, and gets the same result as with a mask in attention.

Layers that treat each token alone (nine tenths of the work or more) get the tokens of all images in one row, without
the patches of background. Only attention puts the tokens of each image back into a grid, in which patches of
background are masked. So features and gradients equal those of the full tower with this mask, and the images may have
different numbers of patches.
Letters in shapes: N images, L tokens of an image with its class token, T tokens that are computed, A heads,
d width of a head, F feature width.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from smile.arrays import Int64

#: The name under which transformers knows `attend`.
ATTENTION = "smile_packed"

#: The bound is rounded up to a multiple of this many tokens per image. So few shapes occur, and torch can reuse memory
#: and compiled programs.
STEP = 8


def pass_packed(
    tower: PreTrainedModel, pixels_NCHW: Tensor, seen_NP: Tensor, token_bound: Int64 | None = None
) -> Tensor:
    """Returns pooled features [N, F] from the patches that are true in `seen_NP`.

    The type of the tower must be in PASSES, its attention must be ATTENTION. The sum of `token_bound` must be at least
    the number of seen tokens, class tokens included; without it, the tokens are counted, which waits for the device.
    """
    seen_NL = torch.cat([seen_NP.new_ones(len(seen_NP), 1), seen_NP], dim=1)
    flat = seen_NL.flatten()
    # Count first: torch.compile breaks here, and can then compile all that follows in one piece.
    count = _count(flat, len(seen_NL), token_bound)
    # Seen tokens come first. Unseen tokens fill the rest: they are computed, but masked in attention and never read.
    kept_T = flat.byte().sort(descending=True, stable=True).indices[:count]
    torch._assert_async(flat.sum() <= count, "more patches are seen than there is room for")
    place_N = (flat.cumsum(0) - 1)[:: seen_NL.shape[1]]
    tokens_NLF: Tensor = tower.embeddings(pixels_NCHW)
    tokens_1TF = tokens_NLF.flatten(0, 1).index_select(0, kept_T)[None]
    return PASSES[tower.config.model_type](tower, tokens_1TF, place_N, {"kept_T": kept_T, "seen_NL": seen_NL})


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _count(flat: Tensor, pictures: int, token_bound: Int64 | None) -> int:
    if token_bound is None:
        return int(flat.sum())
    rounded = math.ceil(int(token_bound.sum()) / (STEP * pictures)) * STEP * pictures
    return min(rounded, len(flat))


def _pass_clip(tower: PreTrainedModel, tokens_1TF: Tensor, place_N: Tensor, how: dict[str, Tensor]) -> Tensor:
    hidden_1TF = tower.encoder(inputs_embeds=tower.pre_layrnorm(tokens_1TF), **how).last_hidden_state
    pooled: Tensor = tower.post_layernorm(hidden_1TF[0].index_select(0, place_N))
    return pooled


def _pass_vit(tower: PreTrainedModel, tokens_1TF: Tensor, place_N: Tensor, how: dict[str, Tensor]) -> Tensor:
    for layer in tower.layers:
        tokens_1TF = layer(tokens_1TF, None, **how)
    classes_NF: Tensor = tower.layernorm(tokens_1TF[0].index_select(0, place_N))
    return classes_NF if tower.pooler is None else tower.pooler(classes_NF[:, None])


def _pass_dinov2(tower: PreTrainedModel, tokens_1TF: Tensor, place_N: Tensor, how: dict[str, Tensor]) -> Tensor:
    hidden_1TF = tower.encoder(tokens_1TF, **how).last_hidden_state
    pooled: Tensor = tower.layernorm(hidden_1TF[0].index_select(0, place_N))
    return pooled


#: Model type -> the function that passes tokens [1, T, F] through the layers and returns pooled features [N, F] of
#: the class tokens, which lie at the places [N].
PASSES: dict[str, Callable[[PreTrainedModel, Tensor, Tensor, dict[str, Tensor]], Tensor]] = {
    "clip_vision_model": _pass_clip,
    "vit": _pass_vit,
    "dinov2": _pass_dinov2,
}


def attend(
    module: torch.nn.Module,
    query_1ATd: Tensor,
    key_1ATd: Tensor,
    value_1ATd: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    kept_T: Tensor | None = None,
    seen_NL: Tensor | None = None,
    **rest: Any,
) -> tuple[Tensor, None]:
    """Computes attention [1, T, A, d] of each image to its seen tokens; without `kept_T`, as transformers does."""
    given = (query_1ATd, key_1ATd, value_1ATd)
    if kept_T is None or seen_NL is None:
        attended, _ = sdpa_attention_forward(module, *given, attention_mask, dropout, scaling, **rest)
        return attended, None
    query, key, value = (_spread(values_1ATd, kept_T, seen_NL) for values_1ATd in given)
    mask_N1LL = seen_NL[:, None, None].expand(-1, -1, seen_NL.shape[1], -1)
    attended_NALd = scaled_dot_product_attention(query, key, value, mask_N1LL, dropout_p=dropout, scale=scaling)
    return attended_NALd.transpose(1, 2).flatten(0, 1).index_select(0, kept_T)[None], None


def _spread(values_1ATd: Tensor, kept_T: Tensor, seen_NL: Tensor) -> Tensor:
    """Returns [N, A, L, d] with each token at its place in its image; zero where a token was not computed."""
    rows_TAd = values_1ATd[0].transpose(0, 1)
    grid = rows_TAd.new_zeros(seen_NL.numel(), *rows_TAd.shape[1:]).index_copy(0, kept_T, rows_TAd)
    return grid.view(*seen_NL.shape, *rows_TAd.shape[1:]).transpose(1, 2)


AttentionInterface.register(ATTENTION, attend)
