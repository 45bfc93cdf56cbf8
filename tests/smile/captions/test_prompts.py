"""The bank of prompts: every class of every data set has words, and no two classes share one."""

from itertools import combinations, pairwise

import pytest

from smile.captions.phrases import AVERAGE, PHRASES, say
from smile.captions.prompts import WORDINGS, describe_looks, label_prompts, name_prompt, prompt_bank
from smile.captions.prototypes import expect_score
from smile.data.face import EXPRESSIONS
from smile.sets.bp4d import BP4D_PLUS_TASKS, BP4D_TASKS

#: Of 4DME (Li et al. 2022).
MICRO = ("positive", "negative", "surprise", "repression", "others")


@pytest.mark.parametrize("name", [*EXPRESSIONS, "neutral", *BP4D_TASKS.values(), *BP4D_PLUS_TASKS.values(), *MICRO])
def test_every_class_of_every_data_set_has_many_wordings(name):
    bank = prompt_bank(name)
    assert len(set(bank)) == len(bank) >= 5
    assert bank[0] == name_prompt(name) and all(sentence.strip() for sentence in bank)


def test_a_bank_holds_every_way_to_say_a_class_and_then_what_moves_in_it() -> None:
    assert prompt_bank("anger") == (
        *("an angry face", "a furious face", "an annoyed face", "a slightly angry face", "a very angry face"),
        *("the face of an angry person", "the face of a furious person", "the face of an annoyed person"),
        *("a face that shows anger", "a face that shows rage"),
        *("a person who is frowning in anger", "a person who is glaring"),
        *describe_looks("anger"),
    )
    assert not [sentence for sentence in prompt_bank("neutral") if "very" in sentence or "slightly" in sentence]
    for noun, bank in (("a startle", prompt_bank("startle")), ("calm", prompt_bank("neutral"))):
        assert f"a face that shows {noun}" in bank


@pytest.mark.parametrize("name", [*EXPRESSIONS, "contempt", "pain", "startle", "scepticism", "repression"])
def test_what_moves_in_a_class_is_said_at_every_intensity(name: str) -> None:
    looks = WORDINGS[name].looks
    assert looks is not None
    said = [say(factor * expect_score(looks)) for factor in (0.6, 1.0, 1.6)]
    assert set(describe_looks(name)) == set(said) - {AVERAGE} and describe_looks(name)


@pytest.mark.parametrize("name", ["others", "boredom"])
def test_what_has_no_prototype_is_not_said_to_move(name: str) -> None:
    assert describe_looks(name) == ()


def test_no_two_basic_classes_share_a_wording():
    for one, other in combinations((*EXPRESSIONS, "neutral"), 2):
        assert not set(prompt_bank(one)) & set(prompt_bank(other)), (one, other)


def test_articles_fit_their_words():
    for name in WORDINGS:
        for sentence in prompt_bank(name):
            words = sentence.split()
            for article, word in pairwise(words):
                if article in ("a", "an"):
                    assert (article == "an") == (word[0] in "aeiou"), sentence


def test_looks_are_in_the_words_of_the_captions_and_say_what_the_prototype_moves():
    known = {words for pair in PHRASES.values() for words in pair}
    for name in WORDINGS:
        for sentence in describe_looks(name):
            assert {phrase.removeprefix("strongly ") for phrase in sentence.split(", ")} <= known | {AVERAGE}
    for name, words in {
        "happiness": "lip corners up",
        "sadness": "lip corners down",
        "surprise": "jaw dropped",
        "anger": "brows drawn together",
        "disgust": "nose wrinkled",
        "fear": "eyes wide",
    }.items():
        assert all(words in sentence for sentence in describe_looks(name)), name


def test_the_words_of_a_class_are_found_however_a_data_set_spells_it():
    assert name_prompt("Repression") == name_prompt("repression") == "a restrained face"
    assert describe_looks("Positive") == describe_looks("positive") != ()


def test_looks_go_from_mild_to_strong():
    mild, plain, strong = describe_looks("surprise")
    assert mild.count("strongly") < plain.count("strongly") < strong.count("strongly")


def test_a_class_without_words_still_has_a_prompt():
    assert prompt_bank("boredom") == ("a face that shows boredom",)
    assert label_prompts([("happiness",), ("pain",), ("boredom",), ("positive", "surprise"), ()]) == [
        "a happy face",
        "a pained face",
        "a face that shows boredom",
        "a pleased face and a surprised face",
        "",
    ]
