"""TABLE THEORIES: which action units make an expression, as theories of emotion have it.

Facts of the tables in github.com/lukassnoek/hypothesis-kernel-analysis (BSD-3), commit fe894b46, which collects them:
Darwin (1872), Ekman & Friesen (1978), Matsumoto et al. (2008), Cordaro et al. (2018: a reference and the
"international core patterns"), Keltner et al. (2019), and what viewers of two cultures expect (Jack & Schyns, "East"
and "West"). Units are parted by blanks, ways by "|"; "L20" is one side alone, "24:.675" takes part so often.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Theory -> expression -> its ways.
THEORIES: dict[str, Mapping[str, str]] = {
    "Darwin": {
        "anger": "4 5 24 38",
        "disgust": "10 16 22 25 | 10 16 22 26",
        "fear": "1 2 5 20",
        "happiness": "6 12",
        "sadness": "1 15",
        "surprise": "1 2 5 25 | 1 2 5 26",
    },
    "Ekman": {
        "anger": "4 5 7 10 11 22 23 25 | 4 5 7 10 11 22 23 26 | 4 5 7 10 11 23 25 | 4 5 7 10 11 23 26 | 4 5 7 17 23"
        " | 4 5 7 17 24 | 4 5 7 23 | 4 5 7 24 | 4 5 | 4 7 | 17 24",
        "disgust": "9 17 | 10 17 | 9 16 25 | 10 16 25 | 9 16 26 | 10 16 26 | 9 | 10",
        "fear": "1 2 4 | 1 2 4 5 20 25 | 1 2 4 5 20 26 | 1 2 4 5 20 27 | 1 2 4 5 25 | 1 2 4 5 26 | 1 2 4 5 27"
        " | 1 2 4 5 | 1 2 5 25 | 1 2 5 26 | 1 2 5 27 | 5 20 25 | 5 20 26 | 5 20 27 | 5 20 | 20",
        "happiness": "12 | 6 12",
        "sadness": "1 4 | 1 4 11 | 1 4 15 | 1 4 15 17 | 6 15 | 11 17 | 1",
        "surprise": "1 2 5 26 | 1 2 5 27 | 1 2 5 | 1 2 26 | 1 2 27 | 5 26 | 5 27",
    },
    "Matsumoto": {
        "anger": "4 5 22 23 24 | 4 7 22 23 24",
        "disgust": "9 | 10 | 9 25 | 9 26 | 10 25 | 10 26",
        "fear": "1 2 4 5 20 | 1 2 4 5 20 25 | 1 2 4 5 20 26",
        "happiness": "6 12",
        "sadness": "1 15 | 1 4 15 | 1 15 17 | 1 4 15 17",
        "surprise": "1 2 5 25 | 1 2 5 26",
    },
    "Cordaro, reference": {
        "anger": "4 5 7 23",
        "disgust": "9 15 16",
        "fear": "1 2 4 5 7 20 26",
        "happiness": "6 12",
        "sadness": "1 4 5",
        "surprise": "1 2 5 26",
    },
    "Cordaro, core patterns": {
        "anger": "4 7",
        "disgust": "4 6 7 9 10 25 26 | 4 6 7 9 10 25 27",
        "fear": "1 2 5 7 25 26 | 1 2 5 7 25 27",
        "happiness": "6 7 12 16 25 26 | 6 7 12 16 25 27",
        "sadness": "4 43",
        "surprise": "1 2 5 25 26 | 1 2 5 25 27",
    },
    "Keltner": {
        "anger": "4 5 17 23 24",
        "disgust": "7 9 25 26",
        "fear": "1 2 4 5 7 20 25",
        "happiness": "6 7 12 25 26",
        "sadness": "1 4 6 15 17",
        "surprise": "1 2 5 25 26",
    },
    "Jack & Schyns, East": {
        "anger": "5:.975 9 10 24:.675",
        "disgust": "9 10 20",
        "fear": "5 20 26 27",
        "happiness": "6 R7:.1 12 13 14",
        "sadness": "4 15 17 L20 24 43",
        "surprise": "1 2 5 22:.975 26 27",
    },
    "Jack & Schyns, West": {
        "anger": "9 10 16:.775 22",
        "disgust": "9 10 R11",
        "fear": "4 5 20",
        "happiness": "6 12 13 14 25",
        "sadness": "4 17 24 43",
        "surprise": "1 2 5 26 27",
    },
}
