"""Strawberry's declarations with types that a strict checker can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., object])


def computed(description: str) -> Callable[[Resolver], Resolver]:
    """A field that a method resolves. At run time the method becomes Strawberry's field."""
    return cast("Callable[[Resolver], Resolver]", strawberry.field(description=description))


def choice(value: str, description: str) -> str:
    """A member of an enum, with what it means; Strawberry leaves `value` in its place."""
    return cast("str", strawberry.enum_value(value, description=description))
