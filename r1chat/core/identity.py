"""Which model of the catalog a file holds, and how it is quantised, by the start of its header."""

from r1chat.core.catalog import Choice, catalog
from r1chat.core.gguf import Header

FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16",
}  # fmt: skip
"""enum llama_ftype (llama.h)."""


def quant_of(header: Header) -> str:
    """Such as `Q4_K_M`; empty where the file does not say."""
    return FILE_TYPES.get(header.number("general.file_type", -1), "")


def choice_of_header(header: Header) -> Choice | None:
    """The catalog's model of this shape, name and quantisation.

    The name matters: Qwen's own models have the shapes of the distills that were made from them.
    """
    name = header.text("general.name").casefold().replace(" ", "-")
    basename = header.text("general.basename").casefold().replace(" ", "-")
    if "r1" not in name.split("-") and "r1" not in basename.split("-"):
        return None
    for model in catalog().models:
        shape = model.shape
        same = header.architecture == shape.arch and header.shape("block_count") == shape.n_layer
        if same and header.shape("embedding_length") == shape.n_embd and quant_of(header) in model.quants:
            return Choice(model, quant_of(header))
    return None
