from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.allowances import carried, draw, in_order, left, units
from engine.items import Bucket, BucketKind

buckets = st.lists(
    st.builds(
        Bucket,
        kind=st.sampled_from(BucketKind),
        source=st.text("abc", min_size=1, max_size=2),
        granted_in=st.integers(0, 3),
        last_cycle=st.integers(3, 6),
        left=st.integers(0, 100_000),
    ),
    max_size=6,
).map(in_order)


def test_soonest_expiry_is_drawn_first_then_the_oldest() -> None:
    april = 3
    carried_in = Bucket(BucketKind.CARRIED, "2", 2, april, units(Fraction(120)))
    cycle = Bucket(BucketKind.CYCLE, "3", april, april, units(Fraction(600)))
    top_up = Bucket(BucketKind.TOP_UP, "T1", april, april + 2, units(Fraction(300)))
    covered, after = draw(in_order([top_up, cycle, carried_in]), 800)
    assert covered == 800
    assert [(bucket.kind, bucket.left) for bucket in after] == [
        (BucketKind.CARRIED, 0),
        (BucketKind.CYCLE, 0),
        (BucketKind.TOP_UP, units(Fraction(220))),
    ]


def test_what_was_carried_once_is_not_carried_again() -> None:
    old = Bucket(BucketKind.CARRIED, "1", 1, 2, units(Fraction(60)))
    own = Bucket(BucketKind.CYCLE, "2", 2, 2, units(Fraction(30)))
    after = carried([old, own], 2, cap=None)
    assert [(bucket.kind, bucket.left, bucket.last_cycle) for bucket in after] == [
        (BucketKind.CARRIED, units(Fraction(30)), 3)
    ]


def test_a_bucket_with_life_left_goes_on_beside_the_cap() -> None:
    lasting = Bucket(BucketKind.TOP_UP, "T1", 2, 4, units(Fraction(60)))
    own = Bucket(BucketKind.CYCLE, "2", 2, 2, units(Fraction(30)))
    assert left(carried([lasting, own], 2, cap=units(Fraction(10)))) == units(Fraction(70))


@given(buckets, st.integers(0, 5000))
def test_no_minute_is_made_and_no_bucket_goes_below_zero(opening: tuple[Bucket, ...], minutes: int) -> None:
    covered, after = draw(opening, minutes)
    assert covered <= minutes
    assert left(opening) - left(after) == covered * 100
    assert all(bucket.left >= 0 for bucket in after)
    assert covered == minutes or left(after) < 100


@given(buckets, st.integers(0, 200_000) | st.none())
def test_no_more_is_carried_than_the_cap_and_what_was_left(opening: tuple[Bucket, ...], cap: int | None) -> None:
    cycle = 3
    after = carried(opening, cycle, cap=cap)
    newly = [bucket for bucket in after if bucket.kind is BucketKind.CARRIED and bucket.last_cycle == cycle + 1]
    living = [bucket for bucket in opening if bucket.last_cycle > cycle]
    ending = [replace(bucket) for bucket in opening if bucket.last_cycle == cycle]
    assert left(after) - left(living) <= (left(ending) if cap is None else cap)
    assert left(after) <= left(opening)
    assert all(bucket.last_cycle > cycle for bucket in (*after, *newly))
