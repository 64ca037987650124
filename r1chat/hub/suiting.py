"""Whether what the Hub offers suits this machine."""

from r1chat.core.catalog import choice_of_file
from r1chat.core.fit import Fit, Machine, fit, weights_by_quant
from r1chat.hub.listing import Variant


def fit_of(variant: Variant, machine: Machine, n_ctx: int) -> Fit | None:
    """How a quantisation lies on this machine with that context, in tokens.

    None where the catalog knows no shape behind its file's name, or the server tells no size.
    """
    choice = choice_of_file(variant.files[0].name)
    if choice is None or not variant.size:
        return None
    shape = choice.model.shape
    return fit(shape, weights_by_quant(shape, variant.quant, variant.size), n_ctx, machine)
