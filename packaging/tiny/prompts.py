"""A problem as the prompt the engine would send, and what came back as thought and answer."""

from __future__ import annotations

from teacher import Problem
from tokenizer import ASSISTANT, BOS, END_THINK, EOS, THINK, USER, TinyTokenizer


def prompt(problem: Problem, tok: TinyTokenizer, thinking: bool = True) -> list[int]:
    """Ids up to where the model goes on."""
    parts = [(BOS, True)]
    for question, answer in problem.history:
        parts += [(USER, True), (question, False), (ASSISTANT, True), (answer, False), (EOS, True)]
    parts += [(USER, True), (problem.question, False), (ASSISTANT, True), (THINK, True)]
    parts += [("\n", False)] if thinking else [("\n\n", False), (END_THINK, True), ("\n\n", False)]
    return tok.pieces(parts)


def parted(ids: list[int], tok: TinyTokenizer, thinking: bool = True) -> tuple[list[int], str, bool]:
    """Thought's ids, answer's text, and whether the form is right: closed once, then ended."""
    ended = bool(ids) and ids[-1] == tok.eos
    ids = ids[:-1] if ended else ids
    if not thinking:
        return [], tok.decode(ids).strip(), ended and tok.end_think not in ids
    if tok.end_think not in ids:
        return ids, "", False
    at = ids.index(tok.end_think)
    return ids[:at], tok.decode(ids[at + 1 :]).strip(), ended and tok.end_think not in ids[at + 1 :]
