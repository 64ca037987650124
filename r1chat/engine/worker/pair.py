"""Whether one model can draft for another: their ids must mean the same."""

from itertools import islice

from r1chat.core.gguf import Array, strings
from r1chat.modelfile import CheckedModel

FIRST_WORD = 5
"""Ids below it may differ in their text."""
MOST_EXTRA = 128
"""By how many ids two vocabularies may differ: padding, as between the Qwen distills of 1.5B and 7B."""

_VALUES = {
    "model": "its vocabulary is of another kind",
    "add_bos_token": "it begins a text in another way",
    "bos_token_id": "it begins a text with another token",
    "add_eos_token": "it ends a text in another way",
    "eos_token_id": "it ends a text with another token",
}


def mismatch(model: CheckedModel, draft: CheckedModel) -> str:
    """Why `draft` cannot draft for `model`, as half a sentence; empty where it can.

    The rule of llama.cpp's own speculative decoding (`common_speculative_are_compatible` in
    common/speculative.cpp), by the headers, so that nothing is loaded in vain.
    """
    for name, reason in _VALUES.items():
        key = f"tokenizer.ggml.{name}"
        if model.header.values.get(key) != draft.header.values.get(key):
            return reason
    words, others = (file.header.values.get("tokenizer.ggml.tokens") for file in (model, draft))
    if not isinstance(words, Array) or not isinstance(others, Array):
        return "it holds no vocabulary"
    if abs(words.count - others.count) > MOST_EXTRA:
        return f"it knows {others.count:,} tokens instead of {words.count:,}"
    if model.head[words.start : words.end] == draft.head[others.start : others.end]:
        return ""
    pairs = enumerate(zip(strings(model.head, words), strings(draft.head, others), strict=False))
    odd = next((token for token, (one, other) in islice(pairs, FIRST_WORD, None) if one != other), None)
    return "" if odd is None else f"its token {odd:,} is another"
