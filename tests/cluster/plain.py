"""Prints results without what differs by the day: python tests/cluster/plain.py TABLE.csv, or a sweep's folder."""

import csv
import json
import sys
from pathlib import Path

OTHER = ("seconds", "memory")


def read(place):
    """Returns the rows of a table, or the trials of a sweep, each as a dict."""
    if place.is_dir():
        return [json.loads(file.read_text()) for file in sorted(place.rglob("trials/*.json"))]
    with place.open(newline="") as opened:
        return list(csv.DictReader(opened))


def main(place):
    rows = read(Path(place))
    for row in rows:
        print(json.dumps({name: value for name, value in row.items() if name not in OTHER}))
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
