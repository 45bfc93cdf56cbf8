"""Any supported pretrained tower can be loaded from a folder; what cannot be used is named in one error."""

from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel, BertConfig, BertModel, PreTrainedModel

from smile.config import Model
from smile.errors import UserError
from smile.model.towers import describe_tower, load_tower, rebuild_tower, require_towers


def test_a_vision_tower_carries_the_weights_of_its_folder(vision_folder: Path) -> None:
    tower = load_tower(str(vision_folder), "vision")
    whole = AutoModel.from_pretrained(vision_folder)
    half = getattr(whole, "vision_model", whole)
    pixels = torch.rand(2, 3, *(tower_size(tower),) * 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found, expected = (model.eval()(pixel_values=pixels).pooler_output for model in (tower, half))
    torch.testing.assert_close(found, expected)


def tower_size(tower: PreTrainedModel) -> int:
    return getattr(tower.config, "image_size", 32)


def test_weights_lie_in_memory_of_their_own(vision_folder: Path) -> None:
    tower = load_tower(str(vision_folder), "vision")
    assert all(value.data_ptr() % 64 == 0 for value in tower.parameters())


def test_a_tower_is_rebuilt_from_its_configuration(vision_folder: Path, text_folder: Path) -> None:
    for folder, half in ((vision_folder, "vision"), (text_folder, "text")):
        tower = load_tower(str(folder), half)
        again = rebuild_tower(describe_tower(tower))
        again.load_state_dict(tower.state_dict())
        assert type(again) is type(tower)


def test_a_missing_folder_and_an_unreachable_hub_name_are_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in (str(tmp_path / "nowhere"), "nobody/no-such-model"):
        with pytest.raises(UserError, match=r"cannot be read.*a preset"):
            load_tower(name, "vision")


def test_a_folder_without_weights_says_so(tmp_path: Path) -> None:
    BertConfig(hidden_size=16).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="weights cannot be loaded"):
        load_tower(str(tmp_path), "text")


def test_a_text_model_is_no_vision_tower(tmp_path: Path) -> None:
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(**sizes, vocab_size=8)).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="it is no vision tower"):
        load_tower(str(tmp_path), "vision")


def test_a_misspelt_preset_is_not_looked_for_on_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smile.model.towers.AutoConfig", None)  # would be asked
    with pytest.raises(UserError, match="unknown vision tower 'tinny': did you mean 'tiny'"):
        load_tower("tinny", "vision")


def test_towers_are_looked_at_without_their_weights(vision_folder: Path, text_folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text((vision_folder / "config.json").read_text())
    require_towers(Model(image_tower=str(tmp_path), text_tower=str(text_folder)))
    require_towers(Model(image_tower="small", text_tower="base"))


@pytest.mark.parametrize(
    ("towers", "says"),
    [
        ({"image_tower": "tinny"}, "unknown vision tower 'tinny'"),
        ({"text_tower": "smal"}, "unknown text tower 'smal'"),
        ({"text_tower": "/nowhere/at/all"}, "cannot be read"),
    ],
)
def test_a_tower_that_cannot_be_had_is_named_beforehand(towers: dict[str, str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        require_towers(Model(**towers))


def test_a_vision_tower_given_for_the_text_is_refused_beforehand(vision_folder: Path) -> None:
    if hasattr(AutoConfig.from_pretrained(vision_folder), "text_config"):
        pytest.skip("this checkpoint has both halves")
    with pytest.raises(UserError, match="it is no text tower"):
        require_towers(Model(text_tower=str(vision_folder)))
