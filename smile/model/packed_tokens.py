"""A vision transformer on the patches that show a face, as if the others were masked out of its attention.

What acts on each token alone (nine tenths of the work and more) is given the tokens of all pictures in one row,
without those that show nothing; in attention alone every picture lies in a grid of its own, where they are no keys.
So the features and gradients of the dense tower with that mask come out, whatever the number of patches of a picture.
Letters in shapes: N pictures, L tokens of a picture with its class token, T tokens that are computed, A heads,
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

#: The name of `attend` among the attentions of transformers.
ATTENTION = "smile_packed"

#: The bound is rounded up to a multiple of so many tokens a picture: few shapes, so that memory and programs are used
#: again.
STEP = 8


def pass_packed(
    tower: PreTrainedModel, pixels_NCHW: Tensor, seen_NP: Tensor, token_bound: Int64 | None = None
) -> Tensor:
    """Pooled features [N, F] of a tower of PASSES whose attention is ATTENTION, from the patches in `seen_NP` alone.

    `token_bound` are numbers whose sum the tokens to be computed do not exceed, class tokens included; without it they
    are counted, which waits for the device.
    """
    seen_NL = torch.cat([seen_NP.new_ones(len(seen_NP), 1), seen_NP], dim=1)
    flat = seen_NL.flatten()
    # First of all, so that torch.compile need not leave off further down.
    count = _count(flat, len(seen_NL), token_bound)
    # What is seen comes first, and behind it, where there is room, what is not: computed, but no key and never read.
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


#: Model type -> how tokens [1, T, F] pass its layers to the pooled features of the class tokens at places [N].
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
    """Attention of every picture to what is seen of it, [1, T, A, d]; without `kept_T`, transformers' own."""
    given = (query_1ATd, key_1ATd, value_1ATd)
    if kept_T is None or seen_NL is None:
        attended, _ = sdpa_attention_forward(module, *given, attention_mask, dropout, scaling, **rest)
        return attended, None
    query, key, value = (_spread(values_1ATd, kept_T, seen_NL) for values_1ATd in given)
    mask_N1LL = seen_NL[:, None, None].expand(-1, -1, seen_NL.shape[1], -1)
    attended_NALd = scaled_dot_product_attention(query, key, value, mask_N1LL, dropout_p=dropout, scale=scaling)
    return attended_NALd.transpose(1, 2).flatten(0, 1).index_select(0, kept_T)[None], None


def _spread(values_1ATd: Tensor, kept_T: Tensor, seen_NL: Tensor) -> Tensor:
    """[N, A, L, d]: each token at its place in its picture, zero where there is none."""
    rows_TAd = values_1ATd[0].transpose(0, 1)
    grid = rows_TAd.new_zeros(seen_NL.numel(), *rows_TAd.shape[1:]).index_copy(0, kept_T, rows_TAd)
    return grid.view(*seen_NL.shape, *rows_TAd.shape[1:]).transpose(1, 2)


AttentionInterface.register(ATTENTION, attend)
