"""The objective of SMILE-VLM as the loop wants it: a batch in, weighted terms out."""

from __future__ import annotations

from torch import Tensor, nn

from smile.config import Losses
from smile.losses.gather import gather
from smile.losses.total import Embeddings, weigh_terms
from smile.training.batches import Batch
from smile.training.loop import Objective


def smile_objective(losses: Losses) -> Objective:
    """The three terms over the joined batch of all workers (our reconstruction of Behzad 2025); labels are not read."""

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        output = model(batch.pixels, batch.input_ids, batch.attention_mask)
        text = output.text_embedding
        embeddings = Embeddings(
            views_BVD=gather(output.view_embeddings),
            face_BD=gather(output.face_embedding),
            text_BD=None if text is None else gather(text),
            caption_ids_B=None if batch.caption_ids is None else gather(batch.caption_ids),
            scale=model.scale,  # type: ignore[arg-type]  # a property of FaceText, unknown to nn.Module
        )
        return weigh_terms(embeddings, losses)

    return objective
