"""A step that is a command: its input is a JSON file, its output is another. Any language does it this way."""

import json
import os

with open(os.environ["BUNSUI_INPUT"], encoding="utf-8") as file:
    given = json.load(file)

total = sum(count["words"] for count in given["counts"] if count)
print(f"{total} words in all; the longest is {given['longest']}")

with open(os.environ["BUNSUI_OUTPUT"], "w", encoding="utf-8") as file:
    json.dump({"words": total}, file)
