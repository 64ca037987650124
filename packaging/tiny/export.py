"""Weights and tokeniser to one GGUF that llama.cpp runs as architecture `qwen2`.

Facts that decide whether it works: rotary positions are half-split (NEOX), so q and k are not permuted;
norms and biases are float32; `output.weight` is left out and llama.cpp ties it to the embedding; `</think>`
is a user-defined token, so that it comes back as text; the template's generation prompt ends in `<think>`
and a newline.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, LlamaFileType, quants
from model import MAX_CONTEXT, Shape, Tiny
from tokenizer import END_THINK, SPECIALS, THINK, TinyTokenizer, from_lists

TEMPLATE = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}"
    "{{ m['content'] }}{% endif %}{% endfor %}"
    "{% for m in messages %}{% if m['role'] == 'user' %}{{ '<｜User｜>' + m['content'] }}{% endif %}"
    "{% if m['role'] == 'assistant' %}{% set c = m['content'] %}"
    "{% if '</think>' in c %}{% set c = c.split('</think>')[-1] %}{% endif %}"
    "{{ '<｜Assistant｜>' + c + '<｜end▁of▁sentence｜>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}"
)
DESCRIPTION = (
    "A tiny reasoning model in DeepSeek-R1's format, trained from scratch for r1chat on a program's "
    "reasoning traces. It works small problems of a few kinds, and knows nothing else."
)
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


def matrices(model: Tiny) -> dict[str, torch.Tensor]:
    """The network's tensors under llama.cpp's names."""
    s = model.shape
    kv = s.kv_heads * s.head
    out = {"token_embd.weight": model.token_embd, "output_norm.weight": model.output_norm}
    for i, block in enumerate(model.blocks):
        q, k, v = block.attn_qkv.split((s.width, kv, kv))
        bq, bk, bv = block.attn_qkv_bias.split((s.width, kv, kv))
        gate, up = block.ffn_gate_up.chunk(2)
        named = {
            "attn_norm.weight": block.attn_norm, "attn_q.weight": q, "attn_k.weight": k, "attn_v.weight": v,
            "attn_q.bias": bq, "attn_k.bias": bk, "attn_v.bias": bv, "attn_output.weight": block.attn_output,
            "ffn_norm.weight": block.ffn_norm, "ffn_gate.weight": gate, "ffn_up.weight": up,
            "ffn_down.weight": block.ffn_down,
        }  # fmt: skip
        out |= {f"blk.{i}.{name}": tensor for name, tensor in named.items()}
    return {name: tensor.detach().float() for name, tensor in out.items()}


def _write_facts(w: GGUFWriter, model: Tiny, kind: str) -> None:
    s = model.shape
    w.add_name("tiny")
    w.add_description(DESCRIPTION)
    w.add_license("mit")
    w.add_organization("r1chat")
    w.add_tags(["reasoning", "text-generation", "tiny"])
    w.add_languages(["en"])
    w.add_size_label(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f}M")
    w.add_file_type(LlamaFileType.MOSTLY_Q8_0 if kind == "q8_0" else LlamaFileType.ALL_F32)
    w.add_vocab_size(s.vocab)
    w.add_block_count(s.layers)
    w.add_context_length(MAX_CONTEXT)
    w.add_embedding_length(s.width)
    w.add_feed_forward_length(s.feed)
    w.add_head_count(s.heads)
    w.add_head_count_kv(s.kv_heads)
    w.add_rope_freq_base(s.rope_base)
    w.add_rope_dimension_count(s.head)
    w.add_layer_norm_rms_eps(s.eps)


def _write_tokenizer(w: GGUFWriter, tok: TinyTokenizer) -> None:
    tokens, merges = tok.vocabulary()
    types = [NORMAL] * tok.first_special
    types += [USER_DEFINED if name in (THINK, END_THINK) else CONTROL for name in SPECIALS]
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("deepseek-r1-qwen")
    w.add_token_list(tokens)
    w.add_token_types(types)
    w.add_token_merges(merges)
    w.add_bos_token_id(tok.bos)
    w.add_eos_token_id(tok.eos)
    w.add_pad_token_id(tok.pad)
    w.add_add_bos_token(True)
    w.add_add_eos_token(False)
    w.add_chat_template(TEMPLATE)


def export(model: Tiny, tok: TinyTokenizer, path: Path, kind: str = "q8_0") -> None:
    """Write the model as `kind` (q8_0 or f32) to `path`."""
    w = GGUFWriter(path, "qwen2")
    _write_facts(w, model, kind)
    _write_tokenizer(w, tok)
    for name, tensor in matrices(model).items():
        data = np.ascontiguousarray(tensor.numpy())
        if kind == "q8_0" and data.ndim == 2:
            packed = quants.quantize(data, GGMLQuantizationType.Q8_0)
            w.add_tensor(name, packed, raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            w.add_tensor(name, data)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def rounded(model: Tiny) -> Tiny:
    """A copy whose matrices hold exactly what q8_0 keeps of them."""
    copy = Tiny(model.shape)
    copy.load_state_dict(model.state_dict())
    with torch.no_grad():
        for parameter in copy.parameters():
            if parameter.ndim == 2:
                packed = quants.quantize(parameter.numpy(), GGMLQuantizationType.Q8_0)
                parameter.copy_(torch.from_numpy(quants.dequantize(packed, GGMLQuantizationType.Q8_0)))
    return copy


def read(path: Path) -> tuple[Tiny, TinyTokenizer]:
    """Model and tokeniser back out of a GGUF that `export` wrote."""
    reader = GGUFReader(path)
    number = {k: f.contents() for k, f in reader.fields.items() if k.startswith("qwen2.")}
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    tok = from_lists(tokens[: -len(SPECIALS)], reader.fields["tokenizer.ggml.merges"].contents())
    shape = Shape(
        vocab=len(tokens), width=number["qwen2.embedding_length"], layers=number["qwen2.block_count"],
        heads=number["qwen2.attention.head_count"], kv_heads=number["qwen2.attention.head_count_kv"],
        feed=number["qwen2.feed_forward_length"], rope_base=number["qwen2.rope.freq_base"],
    )  # fmt: skip
    model = Tiny(shape)
    held = {t.name: torch.from_numpy(quants.dequantize(t.data, t.tensor_type).copy()) for t in reader.tensors}
    with torch.no_grad():
        for name, tensor in matrices(model).items():
            tensor.copy_(held[name])  # a view into the model's own parameter
    return model, tok
