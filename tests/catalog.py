"""The catalogues of `bunsui.text.language`: brought up to date by `make catalog`, looked at by tests/tui/test_language.

python tests/catalog.py     texts that are new stand empty in the .po, those that are gone are dropped; then the .mo
"""

from __future__ import annotations

import ast
import io
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "src/bunsui/text/locale"
SPOKEN = ("text", "tui")  # floors that say something to people through the catalogue
_MARKS = {"_": 1, "mark": 1, "plural": 2}  # how many texts each is given
_HEAD = """# {name}. What is new stands empty: make catalog
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals};\\n"

"""

Text = str | tuple[str, str]  # one, or one and many


def texts() -> dict[Text, str]:
    """Everything that is marked in the source, and what the rules of errors advise; and where."""
    found: dict[Text, str] = {}
    for floor in SPOKEN:
        for file in sorted((ROOT / "src/bunsui" / floor).rglob("*.py")):
            for line, text in _marked(file):
                found.setdefault(text, f"{file.relative_to(ROOT)}:{line}")
    for rules in sorted((ROOT / "src/bunsui/analysis/errors/rules").glob("*.toml")):
        for rule in tomllib.loads(rules.read_text())["rule"]:
            found.setdefault(rule["advice"], f"{rules.name}: {rule['name']}")
    return found


def _marked(file: Path) -> Iterator[tuple[int, Text]]:
    """Read from the syntax tree: a text inside of an f-string is no token of its own before Python 3.12."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKS:
            given = [one.value for one in node.args[: _MARKS[node.func.id]] if isinstance(one, ast.Constant)]
            if given and all(isinstance(one, str) for one in given):
                yield node.lineno, given[0] if len(given) == 1 else (given[0], given[1])


def po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES/bunsui.po"


def translations(language: str) -> dict[Text, str | tuple[str, ...]]:
    with po(language).open("rb") as file:
        return {one.id: one.string for one in read_po(file, locale=language) if one.id}


def update(language: str) -> None:
    before = translations(language)
    catalog = Catalog(locale=language, fuzzy=False)
    for text in texts():
        catalog.add(text, before.get(text, "" if isinstance(text, str) else ("",) * catalog.num_plurals))
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    head = _HEAD.format(language=language, name=catalog.locale.english_name, plurals=catalog.plural_forms.rstrip(";"))
    po(language).write_bytes(head.encode() + body.getvalue())
    _compile(language)


def _compile(language: str) -> None:
    """Only what is translated: what is not is said in English."""
    catalog = Catalog(locale=language, fuzzy=False)
    for text, said in translations(language).items():
        if any(said):
            catalog.add(text, said)
    with po(language).with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def main() -> None:
    for folder in sorted(LOCALE.iterdir()):
        update(folder.name)
        empty = sum(not any(said) for said in translations(folder.name).values())
        print(f"{folder.name}: {len(texts())} texts, {empty} to translate")


if __name__ == "__main__":
    main()
