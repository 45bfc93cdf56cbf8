"""Terms are weighed, switched off and left out as the settings and the data ask."""

from dataclasses import replace

import pytest
import torch

from smile.config import Losses, override
from smile.errors import UserError
from smile.losses import alignment, total
from smile.losses.decorrelation import decorrelate
from smile.losses.embeddings import Embeddings, describe
from smile.losses.redundancy import reduce_redundancy
from smile.losses.total import TERMS, weigh_terms

#: All weights one, whatever the defaults are.
PLAIN = override(Losses(), {"redundancy.diagonal": False} | {f"{name}.weight": 1.0 for name in TERMS})


def draw(captions: list[int] | None) -> Embeddings:
    generator = torch.Generator().manual_seed(0)
    views = torch.randn(6, 3, 4, generator=generator, requires_grad=True)
    if captions is None:
        return Embeddings(views, views.mean(dim=1))
    text = torch.randn(6, 4, generator=generator, requires_grad=True)
    return Embeddings(views, views.mean(dim=1), text, torch.tensor(captions), torch.tensor(10.0))


def test_terms_carry_the_names_of_the_config_s_sections() -> None:
    assert list(TERMS) == list(Losses.__dataclass_fields__)


def test_each_term_is_multiplied_by_its_weight() -> None:
    embeddings = draw([0, 1, 2, 3, 4, 4])
    plain = weigh_terms(embeddings, PLAIN)
    assert list(plain) == ["decorrelation", "alignment", "redundancy"]
    weights = {"decorrelation": 0.5, "alignment": 3.0, "redundancy": 0.1}
    weighed = weigh_terms(embeddings, override(PLAIN, {f"{k}.weight": w for k, w in weights.items()}))
    for name, weight in weights.items():
        torch.testing.assert_close(weighed[name], weight * plain[name])


@pytest.mark.parametrize("kind", ["infonce", "sigmoid"])
def test_terms_are_the_losses_with_the_settings_of_their_sections(kind: str) -> None:
    own = replace(draw([0, 1, 2, 3, 4, 4]), bias=torch.tensor(-2.0))
    changes = {"decorrelation.off_diagonal_weight": 0.3, "redundancy.diagonal": True}
    losses = override(PLAIN, changes | {"alignment.kind": kind, "alignment.per_view": True})
    terms, clips = weigh_terms(own, losses), describe(own)
    assert clips is not None and own.scale is not None
    torch.testing.assert_close(terms["decorrelation"], decorrelate(own.views_BVD, 0.3))
    expected = alignment.align(clips, clips, kind, own.scale, own.bias, per_view=True)
    torch.testing.assert_close(terms["alignment"], expected)
    torch.testing.assert_close(terms["redundancy"], reduce_redundancy(clips.face_BD, clips.text_BD, diagonal=True))


def test_a_weight_of_zero_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("computed")

    monkeypatch.setitem(total.TERMS, "alignment", fail)
    terms = weigh_terms(draw([0, 1, 2, 3, 4, 5]), override(PLAIN, {"alignment.weight": 0.0}))
    assert list(terms) == ["decorrelation", "redundancy"]


def test_without_text_the_two_text_terms_are_left_out() -> None:
    assert list(weigh_terms(draw(None), PLAIN)) == ["decorrelation"]


def test_nothing_left_to_learn_from_is_the_user_s_mistake() -> None:
    with pytest.raises(UserError, match="no loss is left"):
        weigh_terms(draw(None), override(PLAIN, {"decorrelation.weight": 0.0}))


@pytest.mark.parametrize("kind", ["infonce", "sigmoid"])
@pytest.mark.parametrize("rows", [1, 1024])
def test_a_clip_without_caption_counts_for_the_views_alone(
    kind: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alignment, "ROWS", rows)
    plain = override(PLAIN, {"alignment.kind": kind, "redundancy.diagonal": True})
    with_gap, whole = (
        replace(draw(captions), bias=torch.tensor(-2.0)) for captions in ([0, 1, -1, 3, 4, -1], [0, 1, 2, 3, 4, 5])
    )
    kept = [0, 1, 3, 4]
    assert whole.text_BD is not None
    described = Embeddings(
        whole.views_BVD[kept],
        whole.face_BD[kept],
        whole.text_BD[kept],
        torch.arange(4),
        torch.tensor(10.0),
        whole.bias,
    )
    terms, expected = weigh_terms(with_gap, plain), weigh_terms(described, plain)
    for name in ("alignment", "redundancy"):
        torch.testing.assert_close(terms[name], expected[name])
        for one, other in ((with_gap.text_BD, whole.text_BD), (with_gap.views_BVD, whole.views_BVD)):
            (found,) = torch.autograd.grad(terms[name], [one], retain_graph=True)
            (wanted,) = torch.autograd.grad(expected[name], [other], retain_graph=True)
            torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(terms["decorrelation"], weigh_terms(whole, plain)["decorrelation"])


def test_the_kind_of_contrast_is_chosen_by_its_name() -> None:
    embeddings = replace(draw([0, 1, 2, 3, 4, 5]), bias=torch.tensor(-10.0))
    sigmoid = override(PLAIN, {"alignment.kind": "sigmoid"})
    values = [weigh_terms(embeddings, losses)["alignment"].item() for losses in (PLAIN, sigmoid)]
    assert values[0] != values[1]


def test_a_batch_where_no_clip_has_a_caption_is_of_no_force() -> None:
    embeddings = draw([-1] * 6)
    terms = weigh_terms(embeddings, PLAIN)
    assert terms["alignment"].item() == 0 and terms["redundancy"].item() == 0
    (gradient,) = torch.autograd.grad(terms["alignment"] + terms["redundancy"], [embeddings.text_BD])
    assert gradient.abs().max() == 0
