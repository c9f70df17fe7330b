"""Plain functions: what they return is their operation's output."""


def greet(who: str) -> dict[str, str]:
    print(f"greeting {who}")
    return {"text": f"hello, {who}"}


def shout(text: str) -> dict[str, str]:
    return {"text": text.upper()}


def count(text: str) -> dict[str, int]:
    return {"letters": sum(letter.isalpha() for letter in text)}
