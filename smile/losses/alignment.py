"""Vision-language alignment: a face lies close to its own sentence and far from those of other faces.

Letters in shapes: B batch over all workers, V views, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def align(
    face_BD: Tensor, text_BD: Tensor, caption_ids_B: Tensor, scale: Tensor, views_BVD: Tensor | None = None
) -> Tensor:
    """Contrast of the fused face with its text, plus the mean contrast of each view where `views_BVD` is given.

    `caption_ids_B` holds the same number for equal captions; `scale` is the inverse temperature.
    """
    loss = contrast(face_BD, text_BD, caption_ids_B, scale)
    if views_BVD is None:
        return loss
    per_view = [contrast(view_BD, text_BD, caption_ids_B, scale) for view_BD in views_BVD.unbind(dim=1)]
    return loss + torch.stack(per_view).mean()


def contrast(picture_BD: Tensor, text_BD: Tensor, caption_ids_B: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE of cosines (CLIP, Radford et al. 2021) with several positives a row.

    Every clip with an equal caption is a positive and the target is shared evenly among them (UniCL, Yang et
    al. 2022, eq. 3-4), so equal captions are never negatives; the least loss is the entropy of that target.
    """
    logits_BB = scale * normalize(picture_BD, dim=1) @ normalize(text_BD, dim=1).T
    same_BB = (caption_ids_B[:, None] == caption_ids_B[None, :]).to(logits_BB.dtype)
    target_BB = same_BB / same_BB.sum(dim=1, keepdim=True)  # symmetric: equal rows share one count
    to_text = -(target_BB * logits_BB.log_softmax(dim=1)).sum()
    to_picture = -(target_BB * logits_BB.log_softmax(dim=0)).sum()
    return (to_text + to_picture) / (2 * max(len(target_BB), 1))  # zero where no clip has a caption
