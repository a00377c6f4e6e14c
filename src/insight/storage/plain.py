"""What a notebook states, as JSON holds it: plain numbers, and words in every language."""

from typing import Any

from insight.errors import ContractError


def plain(value: Any) -> Any:
    """Turn a numpy or Decimal scalar into what JSON holds, refusing what is not finite."""
    if value is None or isinstance(value, str | bool):
        return value
    value = value.item() if hasattr(value, "item") else value
    number = int(value) if isinstance(value, int) else float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ContractError("headline: expected a finite number, or None with a sentence that says why.")
    return number


def translations(words: Any) -> dict[str, str]:
    """Render words in every language."""
    if hasattr(words, "translations"):
        return words.translations()
    return {lang: words.in_language(lang) for lang in ("en", "zh")}
