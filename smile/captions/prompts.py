"""Writes prompts for classes: several wordings per class, with intensities and the movements that FACS describes.

The prompts of SMILE-VLM (Behzad 2025) are not public; these are ours. Zero-shot prediction averages over the bank of
a class (CLIP, Radford et al. 2021, section 3.1.4). The arms label and pseudo use the first prompt of the bank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smile.captions.phrases import AVERAGE, say
from smile.captions.prototypes import expect_score
from smile.data.face import name_labels
from smile.data.facs import EMOTIONS, Expression


@dataclass(frozen=True)
class Wording:
    """Holds the words for a class, and its action units."""

    adjectives: tuple[str, ...]  # "an ... face"
    nouns: tuple[str, ...]  # "a face that shows ..."
    doings: tuple[str, ...]  # "a person who is ..."
    looks: Expression | None = None  # EMFACS prototype; None: no prototype is known


def _looks(**core: float) -> Expression:
    return Expression({int(name[2:]): strength for name, strength in core.items()}, {})


#: Class -> its words: the basic expressions, the emotions that the tasks of BP4D and BP4D+ evoke, the classes of 4DME.
WORDINGS: dict[str, Wording] = {
    "anger": Wording(
        ("angry", "furious", "annoyed"), ("anger", "rage"), ("frowning in anger", "glaring"), EMOTIONS["anger"]
    ),
    "disgust": Wording(
        ("disgusted", "revolted"), ("disgust", "revulsion"), ("smelling something foul", "wrinkling the nose"),
        EMOTIONS["disgust"],
    ),
    "fear": Wording(
        ("fearful", "frightened", "scared"), ("fear", "terror"), ("afraid of something", "terrified"), EMOTIONS["fear"]
    ),
    "happiness": Wording(
        ("happy", "joyful", "cheerful"), ("happiness", "joy"), ("smiling", "laughing"), EMOTIONS["happiness"]
    ),
    "sadness": Wording(
        ("sad", "sorrowful", "unhappy"), ("sadness", "grief"), ("about to cry", "mourning"), EMOTIONS["sadness"]
    ),
    "surprise": Wording(
        ("surprised", "astonished", "amazed"), ("surprise", "astonishment"), ("taken by surprise", "gaping"),
        EMOTIONS["surprise"],
    ),
    "neutral": Wording(("neutral", "calm", "relaxed"), ("no expression", "calm"), ("at rest",), Expression({}, {})),
    "contempt": Wording(("contemptuous", "scornful"), ("contempt", "scorn"), ("smirking",), _looks(AU12=0.4, AU14=0.8)),
    "embarrassment": Wording(
        ("embarrassed", "ashamed"), ("embarrassment", "shyness"), ("smiling shyly", "looking away"),
        _looks(AU12=0.5, AU24=0.5),
    ),
    "pain": Wording(
        ("pained", "hurting"), ("pain", "suffering"), ("in pain", "wincing"),
        # Prkachin & Solomon (2008): brow lowering, orbit tightening, levator contraction, closed eyes.
        _looks(AU4=0.8, AU6=0.6, AU7=0.6, AU9=0.4, AU10=0.5, AU43=0.5),
    ),
    "startle": Wording(
        ("startled", "jolted"), ("a startle", "alarm"), ("startled by a noise", "flinching"),
        # Ekman, Friesen & Simons (1985): eyes close and lips stretch.
        _looks(AU6=0.5, AU7=0.5, AU20=0.7, AU43=0.8),
    ),
    "scepticism": Wording(
        ("sceptical", "doubtful"), ("scepticism", "doubt"), ("doubting it all",), _looks(AU2=0.7, AU4=0.4, AU24=0.4)
    ),
    "positive": Wording(
        ("pleased", "happy"), ("a positive emotion", "pleasure"), ("feeling good", "smiling"), EMOTIONS["happiness"]
    ),
    "negative": Wording(
        ("displeased", "upset"), ("a negative emotion", "displeasure"), ("feeling bad", "frowning"),
        _looks(AU4=0.8, AU15=0.5),
    ),
    "repression": Wording(
        ("restrained", "tense"), ("a repressed emotion", "tension"), ("holding back a feeling", "pressing the lips"),
        _looks(AU14=0.4, AU17=0.6, AU24=0.8),
    ),
    "others": Wording(("ambiguous", "puzzling"), ("an emotion that is hard to name",), ("feeling something else",)),
}  # fmt: skip

#: Word for an intensity -> factor by which the prototype's distance from the average is multiplied.
INTENSITIES = {"slightly": 0.6, "very": 1.6}


def find_wording(expression: str) -> Wording | None:
    """Returns the words for a class, spelt "positive" or "Positive" by its data set; None for a class without words."""
    return WORDINGS.get(expression.lower())


def name_prompt(expression: str) -> str:
    """Returns the first prompt of a class, e.g. "an angry face"."""
    wording = find_wording(expression)
    return _face(wording.adjectives[0]) if wording else f"a face that shows {expression}"


def prompt_bank(expression: str) -> tuple[str, ...]:
    """Returns all prompts of a class, with its `name_prompt` first; only this one where WORDINGS lacks the class.

    The last prompts use the words of landmark motion, which a model that was trained with the arm geometry knows best.
    """
    wording = find_wording(expression)
    if wording is None:
        return (name_prompt(expression),)
    said = [_face(adjective) for adjective in wording.adjectives]
    if wording.looks and wording.looks.core:  # a neutral face has no intensity
        said += [_face(f"{degree} {wording.adjectives[0]}") for degree in INTENSITIES]
    said += [f"the face of {_a(adjective)} person" for adjective in wording.adjectives]
    said += [f"a face that shows {noun}" for noun in wording.nouns]
    said += [f"a person who is {doing}" for doing in wording.doings]
    return tuple(dict.fromkeys([*said, *describe_looks(expression)]))


def describe_looks(expression: str) -> tuple[str, ...]:
    """Describes the movements of a class, from mild to strong, in the words of PHRASES; empty without a prototype.

    Example: for "surprise", one of the sentences contains "inner brows raised".
    """
    wording = find_wording(expression)
    if wording is None or wording.looks is None:
        return ()
    score = expect_score(wording.looks)
    said = [say(score * factor) for factor in sorted((1.0, *INTENSITIES.values()))]
    return tuple(dict.fromkeys(sentence for sentence in said if sentence != AVERAGE))


def label_prompts(labels: Sequence[tuple[str, ...]]) -> list[str]:
    """Returns the prompt of each clip's classes, e.g. "an angry face"; joins the prompts where a clip has several."""
    return [name_labels(tuple(map(name_prompt, own))) for own in labels]


def _face(adjective: str) -> str:
    return f"{_a(adjective)} face"


def _a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
