"""Makes the objective of SMILE-VLM, which takes a batch and returns weighted loss terms."""

from __future__ import annotations

from torch import Tensor, nn

from smile.config import Losses
from smile.losses.embeddings import Embeddings
from smile.losses.share import share_gradient
from smile.losses.total import weigh_terms
from smile.training.batches import Batch
from smile.training.step import Objective


def smile_objective(losses: Losses, share_every: int = 0) -> Objective:
    """Returns the objective: three terms over the joined batch of all workers; it does not read labels.

    This is our reconstruction of Behzad 2025. Every `share_every` steps (0: never), the objective also returns
    `share/<term>`, the share of each term in the gradient at the embeddings.
    """

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        axes = batch.axes
        output = model(batch.pixels, batch.input_ids, batch.attention_mask, batch.token_bound)
        embeddings = Embeddings(
            views_BVD=output.view_embeddings,
            face_BD=output.face_embedding,
            text_BD=output.text_embedding,
            caption_ids_B=batch.caption_ids,
            scale=model.scale,  # type: ignore[arg-type]  # a property of FaceText, unknown to nn.Module
            bias=model.bias,  # type: ignore[arg-type]
            phrases_PD=None if axes is None else model.embed_text(axes.input_ids, axes.attention_mask),  # type: ignore[operator]
            scores_BM=None if axes is None else axes.scores,
        )
        terms = weigh_terms(embeddings, losses)
        if not share_every or batch.step % share_every:
            return terms
        at = [one for one in (output.view_embeddings, output.text_embedding) if one is not None and one.requires_grad]
        return {**terms, **{f"share/{name}": value for name, value in share_gradient(terms, at).items()}}

    return objective
