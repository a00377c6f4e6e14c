"""Products of delivered numbers, exactly: quantities times prices, money converted by a rate, cents by a hundred."""

from collections.abc import Sequence
from functools import reduce
from operator import mul

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import DecimalValue, StringValue

from insight.contracts import MONEY
from insight.contracts.rules import Rule
from insight.sources.mapping.typing_rules import Broken

_DIGITS = 38
#: What the engine multiplies exactly, many times as fast as digits: an amount, and a price or a rate.
_SHORT = (
    (r"^[+-]?\d{0,12}(\.\d{0,6})?$", dt.Decimal(18, 6)),
    (r"^[+-]?\d{0,8}(\.\d{0,12})?$", dt.Decimal(20, 12)),
)
_NUMBER = r"^[+-]?0*(\d*)(?:\.(\d*?)0*)?(?:[eE]([+-]?\d+))?$"


@ibis.udf.scalar.builtin(name="divided", signature=((dt.Array(dt.string), dt.Array(dt.string), dt.int64), dt.string))
def _divided(factors, divisors, decimals): ...


def product(
    texts: Sequence[StringValue], plains: Sequence[StringValue], *, decimals: int = 4, divisors: int = 0
) -> tuple[DecimalValue, tuple[Broken, ...]]:
    """Multiply numbers exactly and divide by the last ``divisors`` of them; the result is rounded half up once."""
    rules = [(text.notnull() & plain.isnull(), Rule("not_a_number")) for text, plain in zip(texts, plains, strict=True)]
    factors, below = plains[: len(plains) - divisors], plains[len(plains) - divisors :]
    rounded = dt.Decimal(_DIGITS, decimals)
    is_whole = ibis.and_(*[plain.notnull() for plain in plains])
    if below:
        is_zero = ibis.or_(*[plain.try_cast("float64") == 0 for plain in below])
        text = _divided(ibis.array(list(factors)), ibis.array(list(below)), decimals)
        amount = text.try_cast(rounded).try_cast(MONEY)
        return amount, (*rules, (is_zero, Rule("by_zero")), (is_whole & ~is_zero & amount.isnull(), Rule("too_large")))
    amount = ibis.coalesce(*_short_product(plains, rounded)).try_cast(MONEY)
    return amount, (*rules, (is_whole & amount.isnull(), Rule("too_large")))


def _short_product(plains: Sequence[StringValue], rounded: dt.Decimal) -> list[DecimalValue]:
    """Give a product as the engine multiplies where numbers are short, and as their digits do where they are not."""
    if len(plains) != len(_SHORT):
        return [_long_product(plains).try_cast(rounded)]
    pairs = list(zip(plains, _SHORT, strict=True))
    short = ibis.and_(*[plain.re_search(shape) for plain, (shape, _) in pairs])
    amount = reduce(mul, [plain.try_cast(kind) for plain, (_, kind) in pairs]).try_cast(rounded)
    long = [short.ifelse(ibis.null("string"), plain) for plain in plains]
    return [short.ifelse(amount, ibis.null(rounded)), _long_product(long).try_cast(rounded)]


def _long_product(plains: Sequence[StringValue]) -> StringValue:
    """Give the exact product of numbers of at most 38 digits in all as text: of their digits, the point put back.

    Examples
    --------
    >>> _long_product([ibis.literal(text) for text in ("3", "-19.99", "0.92345678", "1e-2")]).execute()
    '-0.553797030966'
    """
    parts = [[plain.re_extract(_NUMBER, group) for group in (1, 2, 3)] for plain in plains]
    digits = [(whole + fraction).re_replace("^0+", "") for whole, fraction, _ in parts]
    fits = reduce(lambda all_, one: all_ + one, [one.length() for one in digits]) <= _DIGITS
    factors = [fits.ifelse(ibis.coalesce(one.nullif(""), "0"), ibis.null("string")) for one in digits]
    text = reduce(mul, [one.try_cast(dt.Decimal(_DIGITS, 0)) for one in factors]).cast("string")
    shift = ibis.literal(0)
    for _, fraction, power in parts:
        shift = shift + fraction.length() - power.nullif("").try_cast("int64").fill_null(0)
    after = ibis.greatest(shift, 0)
    zeros = ibis.literal("0")
    text = zeros.repeat(ibis.greatest(after + 1 - text.length(), 0)) + text + zeros.repeat(ibis.greatest(-shift, 0))
    sign = reduce(mul, [plain.startswith("-").ifelse(-1, 1) for plain in plains])
    return (sign < 0).ifelse("-", "") + text.left(text.length() - after) + "." + text.right(after)
