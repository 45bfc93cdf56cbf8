"""Packs sentences without padding: several share a row of tokens, and each attends to its own tokens only.

Letters in shapes: B sentences, L tokens, R rows of W places, P places in all (R W).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from smile.arrays import Bool, Float32

#: Types of text models that take the position of every token, and a mask of the tokens that see each other.
PACKABLE = ("bert",)


@dataclass(frozen=True)
class PackedSentences:
    """Holds the tokens of several sentences side by side; equal sentences are stored once."""

    input_ids_RW: Tensor  # int64
    position_ids_RW: Tensor  # int64, position of the token in its own sentence
    visible_R1WW: Tensor  # bool: both places belong to the same sentence, or both to none
    average_BP: Tensor  # float32: average_BP @ values_PF is the mean over each sentence's words; 0 without words


def pack(input_ids_BL: Tensor, attention_mask_BL: Tensor) -> PackedSentences:
    """Packs the words that the mask shows.

    A transformer pays for every place, and where captions have 8 to 50 words, half of the places are padding.
    """
    shown_BL = attention_mask_BL.numpy().astype(bool)
    places = [np.flatnonzero(shown) for shown in shown_BL]
    words = [ids[place] for ids, place in zip(input_ids_BL.numpy(), places, strict=True)]
    numbers: dict[tuple[bytes, bytes], int] = {}
    number_B = [
        numbers.setdefault((word.tobytes(), place.tobytes()), number)
        for number, (word, place) in enumerate(zip(words, places, strict=True))
    ]
    starts, rows, width = _fit({number: len(words[number]) for number in numbers.values()})
    ids_P, positions_P, owner_P = (np.full(rows * width, empty) for empty in (0, 0, -1))
    for number, start in starts.items():
        own = slice(start, start + len(words[number]))
        ids_P[own], positions_P[own], owner_P[own] = words[number], places[number], number
    return PackedSentences(
        torch.from_numpy(ids_P.reshape(-1, width)),
        torch.from_numpy(positions_P.reshape(-1, width)),
        torch.from_numpy(owner_P.reshape(-1, 1, width, 1) == owner_P.reshape(-1, 1, 1, width)),
        # Copy to torch's memory: at the unaligned addresses of numpy's memory, a matrix product rounds differently.
        torch.from_numpy(_average(np.array(number_B)[:, None] == owner_P)).clone(),
    )


def _fit(lengths: dict[int, int]) -> tuple[dict[int, int], int, int]:
    """Returns sentence -> its first place, the number of rows and their width.

    Takes the longest sentence first, and puts each sentence into the first row with room for it.
    """
    longest = max(lengths.values(), default=0)
    # If rows were only as wide as the longest sentence, two sentences of average length would not fit into one row.
    # If rows were wide, attention would cost what was saved, because it compares every pair of places in a row.
    width = min(longest * 3 // 2, sum(lengths.values())) or 1
    used = [0]  # places of each row
    starts = {}
    for number, length in sorted(lengths.items(), key=lambda item: -item[1]):
        row = next((row for row, taken in enumerate(used) if taken + length <= width), len(used))
        if row == len(used):
            used.append(0)
        starts[number] = row * width + used[row]
        used[row] += length
    return starts, len(used), width


def _average(owned_BP: Bool) -> Float32:
    words_B1 = owned_BP.sum(axis=1, keepdims=True)
    average_BP: Float32 = np.divide(owned_BP, np.maximum(words_B1, 1), dtype=np.float32)
    return average_BP
