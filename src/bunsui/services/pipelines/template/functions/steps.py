"""The steps of the pipeline: plain functions. Arguments come from `with`, what they return is the output.

print() and logging go to the session's log: bunsui session logs @last
"""

from __future__ import annotations

from bunsui import task


def read(sentences: list[str]) -> dict[str, object]:
    print(f"read {len(sentences)} sentences")
    return {"sentences": [sentence.strip() for sentence in sentences]}


def measure(sentence: str) -> dict[str, object]:
    words = sentence.split()
    return {"sentence": sentence, "words": len(words)}


def longest(sentences: list[str]) -> dict[str, object]:
    best = ""
    for number, sentence in enumerate(sentences, 1):
        best = max([best, *sentence.split()], key=len)
        task.progress(number, len(sentences), f"so far: {best}")
    return {"word": best, "letters": len(best)}


def praise(word: str) -> dict[str, object]:
    task.log(f"what a word: {word}")
    return {"praise": f"{word} is a fine word"}
