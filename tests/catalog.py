"""The catalogues of `bunsui.text.language`: brought up to date by `make catalog`, looked at by tests/tui/test_language.

python tests/catalog.py     texts that are new stand empty in the .po, those that are gone are dropped; then the .mo
"""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "src/bunsui/text/locale"
SPOKEN = ("text", "tui")  # floors that say something to people through the catalogue
_KEYWORDS = {"_": None, "mark": None, "plural": (1, 2)}
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
        folder = ROOT / "src/bunsui" / floor
        for file, line, text, _comments, _context in extract_from_dir(folder, [("**.py", "python")], {}, _KEYWORDS):
            found.setdefault(text if isinstance(text, str) else (text[0], text[1]), f"{floor}/{file}:{line}")
    for rules in sorted((ROOT / "src/bunsui/analysis/errors/rules").glob("*.toml")):
        for rule in tomllib.loads(rules.read_text())["rule"]:
            found.setdefault(rule["advice"], f"{rules.name}: {rule['name']}")
    return found


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
