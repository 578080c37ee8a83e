"""What is stored is read back equal."""

from datetime import date
from fractions import Fraction
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from engine.facts import AnyDiscount, Discount, DocumentDiscount, Extra
from engine.items import Bucket, BucketKind, Converted, Drawn, Item, Taxed, TaxKey, TaxMethod
from engine.model import LineKind, Origin, PricesHold, RowName
from engine.money import Rounding
from engine.periods import Period
from engine.taxation import Pool
from tarifa.services.timelines import packed, unpacked
from tarifa.storage import mapping

texts = st.text(max_size=12)
days = st.dates(min_value=date(2000, 1, 1), max_value=date(9999, 12, 30))
amounts = st.integers(-(2**53), 2**53)
minutes = st.integers(0, 10**6)
rates = st.fractions(min_value=0, max_value=10**6, max_denominator=10**6)
rows = st.builds(RowName, texts, texts, st.builds(Origin, texts, st.integers(1, 10**6)))
periods = st.tuples(days, st.integers(1, 400)).map(
    lambda made: Period(made[0], date.fromordinal(min(made[0].toordinal() + made[1], date.max.toordinal())))
)
BY_TYPE = {
    "str": texts,
    "int": amounts,
    "bool": st.booleans(),
    "str | None": st.none() | texts,
    "date | None": st.none() | days,
    "Fraction": rates,
    "Fraction | None": st.none() | rates,
    "LineKind": st.sampled_from(LineKind),
    "Converted | None": st.none() | st.builds(Converted, texts, rates, days, texts),
    "Period": periods,
    "tuple[Drawn, ...]": st.lists(st.builds(Drawn, st.sampled_from(BucketKind), texts, amounts), max_size=3).map(tuple),
    "tuple[tuple[str, tuple[RowName, ...]], ...]": st.lists(
        st.tuples(texts, st.lists(rows, max_size=2).map(tuple)), max_size=3
    ).map(tuple),
}
items = st.builds(Item, **{name: BY_TYPE[of.__forward_arg__] for name, of in Item.__annotations__.items()})


extras = st.lists(st.builds(Extra, texts, texts, rates, st.booleans()), max_size=3).map(tuple)


@given(extras)
def test_extras_are_read_back_equal(given_: tuple[Extra, ...]) -> None:
    assert mapping.extras(mapping.extras_json(given_)) == given_


@given(items)
def test_an_item_is_read_back_equal(item: Item) -> None:
    assert mapping.item(mapping.item_json(item)) == item


methods = st.builds(TaxMethod, st.sampled_from(PricesHold), st.booleans(), st.sampled_from(Rounding))
taxed = st.builds(Taxed, texts, rates, texts, texts, rows, st.booleans(), methods)


@given(st.lists(taxed, max_size=3).map(tuple))
def test_taxes_are_read_back_equal(taxes: tuple[Taxed, ...]) -> None:
    assert mapping.taxes(mapping.taxes_json(taxes)) == taxes


def test_taxes_of_the_first_release_are_read_as_they_were_reckoned() -> None:
    (tax,) = mapping.taxes('[["vat","1/5","S","VAT",["taxes","T1","all.rules",3]]]')
    assert tax == Taxed("vat", Fraction(1, 5), "S", "VAT", RowName("taxes", "T1", Origin("all.rules", 3)))


@given(
    st.lists(st.builds(Bucket, st.sampled_from(BucketKind), texts, minutes, minutes, minutes), max_size=3).map(tuple)
)
def test_buckets_are_read_back_equal(buckets: tuple[Bucket, ...]) -> None:
    assert mapping.buckets(mapping.buckets_json(buckets)) == buckets


discounts = st.builds(Discount, rates, st.none() | st.sampled_from(LineKind)) | st.builds(
    DocumentDiscount, rates, rates
)


@given(st.lists(discounts, max_size=3).map(tuple))
def test_discounts_are_read_back_equal(discounts: tuple[AnyDiscount, ...]) -> None:
    assert mapping.discounts(mapping.discounts_json(discounts)) == discounts


pools = st.builds(
    Pool, texts, minutes, st.lists(st.builds(TaxKey, texts, rates, st.booleans()), max_size=3).map(tuple), methods
)


@given(pools)
def test_a_tax_pool_is_read_back_equal(pool: Pool) -> None:
    text = mapping.pool_json(pool)
    assert mapping.pool(text, document=pool.document or "", position=pool.position) == pool


@given(st.dictionaries(st.tuples(texts, st.integers(1900, 2100)), st.dictionaries(days, texts, max_size=3), max_size=3))
def test_holidays_are_read_back_equal(taken: dict[tuple[str, int], dict[date, str]]) -> None:
    assert mapping.holidays(mapping.holidays_json(taken)) == taken


@given(st.integers(0, 2**37))
def test_instants_are_read_back_to_the_second(seconds: int) -> None:
    assert mapping.to_seconds(mapping.from_seconds(seconds)) == seconds


def test_equal_payloads_have_equal_digests_whatever_their_order() -> None:
    assert mapping.digest({"a": 1, "b": [2]}) == mapping.digest({"b": [2], "a": 1})
    assert mapping.digest({"a": 1}) != mapping.digest({"a": 2})


def test_a_bundle_is_packed_into_the_same_bytes_and_read_back() -> None:
    files = {PurePosixPath("b/rates.rules"): b"x", PurePosixPath("a.rules"): "é".encode()}
    assert unpacked(packed(files)) == files
    assert packed(files) == packed(dict(reversed(files.items())))


def test_a_fraction_keeps_every_digit() -> None:
    share = Fraction(10**30 + 1, 3**40)
    assert mapping.discounts(mapping.discounts_json((Discount(share),)))[0].share == share
