"""The one object of `ask --json`: scripts rely on its form (DESIGN §5)."""

import msgspec

from r1chat.core.conversation import Message
from r1chat.core.events import Counts, Stats
from r1chat.core.terminal import plain_json
from r1chat.session import Session


def reply_json(message: Message, session: Session, *, saved: bool) -> str:
    """`message` as a JSON object in one line."""
    stats = message.stats or Stats()
    model = session.engine.model
    unknown = stats.counts is Counts.NONE
    estimated = {"estimated": True} if stats.counts is Counts.SUM else {}
    drafts = {"drafted_tokens": stats.drafted_tokens, "accepted_tokens": stats.accepted_tokens}
    return plain_json(
        msgspec.json.encode(
            {
                "model": message.model,
                "chat_id": message.chat_id if saved else None,
                "thinking": message.thinking.strip("\n"),
                "answer": message.text,
                "finish_reason": message.finish_reason,
                "seed": message.sampling.seed if message.sampling else None,
                "usage": {
                    "prompt_tokens": None if unknown else stats.prompt_tokens,
                    "cached_tokens": None if unknown else stats.cached_tokens,
                    "thinking_tokens": None if unknown else stats.thinking_tokens,
                    "answer_tokens": None if unknown else stats.answer_tokens,
                    **estimated,
                },
                "timings": {
                    "load_s": round(model.load_s, 4) if model else 0.0,
                    "prefill_s": round(stats.prefill_s, 4),
                    "first_token_s": round(stats.first_token_s, 4),
                    "decode_tokens_per_s": None if unknown else round(stats.decode_tokens_per_s, 2),
                    **(drafts if stats.drafted_tokens else {}),
                },
            }
        ).decode()
    )
