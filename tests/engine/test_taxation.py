from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.items import LineRef, Taxed, TaxKey, TaxMethod
from engine.model import PricesHold, RowName
from engine.money import Rounding
from engine.taxation import Pool, PoolSum, Taxable, Taxation, TaxGroup, tax, taxes_on
from tests.engine.rulesets import HERE

AT = RowName("taxes", "T1", HERE)
WITHOUT_TAX, WITH_TAX, ROUNDED_TAX = map(TaxMethod, PricesHold)

amounts = st.integers(-(10**9), 10**9)
rates = st.fractions(0, 1, max_denominator=10_000)
methods = st.builds(TaxMethod, st.sampled_from(PricesHold), st.booleans(), st.sampled_from(Rounding))


@st.composite
def taxings(draw: st.DrawFn) -> tuple[Taxed, ...]:
    """The taxes of a line: some of them on others, all reckoned in one way."""
    method, count = draw(methods), draw(st.integers(1, 3))
    return tuple(Taxed(f"t{n}", draw(rates), "", "", AT, draw(st.booleans()), method) for n in range(count))


def one(rate: str, method: TaxMethod = WITHOUT_TAX, *, compound: bool = False, code: str = "vat") -> Taxed:
    return Taxed(code, Fraction(rate), "S", "", AT, compound, method)


def lines(taxes: tuple[Taxed, ...], *of: int, corrects: str | None = None) -> list[Taxable]:
    refs = [LineRef(corrects, n) if corrects is not None else None for n in range(1, len(of) + 1)]
    return [Taxable(n, amount, taxes, ref) for n, (amount, ref) in enumerate(zip(of, refs, strict=True), 1)]


def kept(documents: list[Taxation], name: str) -> dict[Pool, PoolSum]:
    """What lies in the pools of the document `name`, the first of some."""
    found: dict[Pool, PoolSum] = {}
    for document in documents:
        for pool, added in document.added:
            of = Pool(name, pool.position, pool.taxes, pool.method)
            before = found.get(of, PoolSum(0, (0,) * len(added.taxes)))
            taxes = tuple(a + b for a, b in zip(before.taxes, added.taxes, strict=True))
            found[of] = PoolSum(before.amount + added.amount, taxes)
    return found


def test_a_tax_on_taxes_is_on_the_net_and_the_taxes_above_it() -> None:
    taxed = tax(lines((one("0.05", code="gst"), one("0.1", compound=True, code="qst")), 10_010), {})
    assert taxed.groups == (
        TaxGroup("gst", Fraction("0.05"), "S", "", 10_010, 501),
        TaxGroup("qst", Fraction("0.1"), "S", "", 10_511, 1_051),
    )


def test_a_tax_that_does_not_compound_is_on_the_net_wherever_it_stands() -> None:
    taxed = tax(lines((one("0.1", code="a"), one("0.1", compound=True, code="b"), one("0.1", code="c")), 1_000), {})
    assert [(group.base, group.tax) for group in taxed.groups] == [(1_000, 100), (1_100, 110), (1_000, 100)]


def test_prices_with_several_taxes_hold_all_of_them() -> None:
    both = (one("0.1", WITH_TAX, code="a"), one("0.1", WITH_TAX, compound=True, code="b"))
    taxed = tax(lines(both, 12_100), {})
    assert [(group.base, group.tax) for group in taxed.groups] == [(10_000, 1_000), (11_000, 1_100)]
    assert taxed.included == (2_100,)


def test_x04_the_net_or_the_tax_is_rounded_and_the_other_is_the_rest() -> None:
    key = (TaxKey("vat", Fraction(4, 100)),)
    assert taxes_on(key, WITH_TAX, 299) == (11,)
    assert taxes_on(key, ROUNDED_TAX, 299) == (12,)


@given(taxings(), st.lists(amounts, min_size=1, max_size=6))
def test_the_parts_of_tax_of_all_lines_are_the_tax_where_prices_hold_it_and_none_elsewhere(
    taxes: tuple[Taxed, ...], of: list[int]
) -> None:
    taxed = tax(lines(taxes, *of), {})
    holds = taxes[0].method.prices is not PricesHold.NO_TAX
    assert sum(taxed.included) == (taxed.tax if holds else 0)


@given(taxings(), st.lists(amounts, min_size=1, max_size=6))
def test_where_prices_hold_tax_the_gross_never_changes(taxes: tuple[Taxed, ...], of: list[int]) -> None:
    taxed = tax(lines(taxes, *of), {})
    nets = [amount - part for amount, part in zip(of, taxed.included, strict=True)]
    if taxes[0].method.prices is not PricesHold.NO_TAX:
        assert sum(nets) + taxed.tax == sum(of)


@given(taxings(), st.lists(amounts, min_size=1, max_size=4), st.lists(st.lists(amounts, min_size=4, max_size=4)))
def test_a_document_and_its_corrections_have_the_tax_of_what_is_left(
    taxes: tuple[Taxed, ...], of: list[int], changes: list[list[int]]
) -> None:
    documents = [tax(lines(taxes, *of), {})]
    left = list(of)
    for change in changes:
        deltas = change[: len(of)]
        documents.append(tax(lines(taxes, *deltas, corrects="D1"), kept(documents, "D1")))
        left = [amount + delta for amount, delta in zip(left, deltas, strict=True)]
    assert sum(document.tax for document in documents) == tax(lines(taxes, *left), {}).tax


@given(taxings(), st.lists(amounts, min_size=1, max_size=4))
def test_taking_all_lines_back_one_document_at_a_time_leaves_no_tax(taxes: tuple[Taxed, ...], of: list[int]) -> None:
    documents = [tax(lines(taxes, *of), {})]
    for position, amount in enumerate(of, 1):
        reversal = Taxable(1, -amount, taxes, LineRef("D1", position))
        documents.append(tax([reversal], kept(documents, "D1")))
    assert sum(document.tax for document in documents) == 0
    assert sum(sum(document.included) for document in documents) == 0


def test_three_small_credits_give_back_the_tax_that_was_taken() -> None:
    """Each of three lines of 0.05 has less than half a cent of tax at 7 %, and together they have one."""
    documents = [tax(lines((one("0.07"),), 5, 5, 5), {})]
    for position in (1, 2, 3):
        documents.append(tax([Taxable(1, -5, (one("0.07"),), LineRef("D1", position))], kept(documents, "D1")))
    assert [document.tax for document in documents] == [1, 0, -1, 0]
