"""`# allow code: reason`: warnings that somebody has looked at, and means.

The comment stands above what it is about: a row, a setting, or a heading, and then it counts for the whole block. It
silences warnings of that one code, never an error; what it silences is listed with its reason, and one that silences
nothing is a warning itself, so that none outlives its cause.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dsl.codes import CODE_BY_NAME, CODES
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.source import Source, Span
from dsl.suggest import listed, nearest

_ALLOW = re.compile(r"#\s*allow\s+(?P<code>[a-z]+(?:-[a-z]+)*)(?![\w-])(?P<colon>\s*:)?(?P<reason>.*)")
_WITH_A_LIST = frozenset({"unknown-account", "unknown-site"})
"""Warnings that are looked for only where a list of customers is there: else a comment says nothing of its use."""
_WARNINGS = tuple(code.code for code in CODES if code.severity is Severity.WARNING and code.code != "unused-allow")


@dataclass(frozen=True, slots=True)
class Allowed:
    """A warning that was silenced, why, and the comment that did it."""

    diagnostic: Diagnostic
    reason: str
    comment: Span


@dataclass(frozen=True, slots=True)
class _Comment:
    """An allowance as written; it counts for lines `first` to `last`, none where nothing stands below it."""

    code: str
    reason: str
    span: Span
    first: int
    last: int


def silence(found: Iterable[Diagnostic], sources: Mapping[str, Source]) -> tuple[Report, tuple[Allowed, ...]]:
    """Part the warnings that comments allow from all else that was found.

    Returns:
        What is left, with a warning for each comment that is of no use; and what was silenced. Whether a comment that
        silences nothing is of no use can only be told of a ruleset without errors, for they may hide its warning.
    """
    comments = {file: list(_comments(source)) for file, source in sources.items() if "allow" in source.text}
    left, allowed, used = Report(), [], set()
    for diagnostic in found:
        comment = _comment_for(diagnostic, comments, sources)
        if comment is None:
            left.add(diagnostic)
        else:
            used.add(comment.span)
            allowed.append(Allowed(diagnostic, comment.reason, comment.span))
    errors = left.errors > 0
    for comment in (comment for one in comments.values() for comment in one):
        wrong = _wrong(comment)
        if wrong is not None:
            left.add(wrong)
        elif comment.span not in used and not errors and comment.code not in _WITH_A_LIST:
            left.add(_unused(comment, f"there is no `{comment.code}` below to allow", mend="take the comment out"))
    return left, tuple(allowed)


def _comment_for(
    diagnostic: Diagnostic, comments: Mapping[str, list[_Comment]], sources: Mapping[str, Source]
) -> _Comment | None:
    if diagnostic.primary is None or diagnostic.is_error:
        return None
    span = diagnostic.primary.span
    fitting = (one for one in comments.get(span.file, ()) if one.code == diagnostic.code and one.reason)
    line = sources[span.file].line_number(span.start) if span.file in sources else 0
    return next((one for one in fitting if one.first <= line <= one.last), None)


def _comments(source: Source) -> Iterator[_Comment]:
    """All allowances of a file."""
    lines = source.text.split("\n")
    code_lines = [number for number, line in enumerate(lines, start=1) if line.strip()[:1] not in ("", "#")]
    headings = [n for n in code_lines if not lines[n - 1][0].isspace() and lines[n - 1][0] != "|"]
    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        match = _ALLOW.match(bare)
        if match is None or not (match["colon"] or _is_bare(match)):
            continue
        start = source.line_starts[number - 1] + line.index("#")
        below = bisect_right(code_lines, number)
        first = last = code_lines[below] if below < len(code_lines) else 0
        if first in headings:
            after = bisect_right(headings, first)
            last = headings[after] - 1 if after < len(headings) else len(lines)
        reason = match["reason"].strip() if match["colon"] else ""
        yield _Comment(match["code"], reason, Span(source.file, start, start + len(bare)), first, last)


def _is_bare(match: re.Match[str]) -> bool:
    """Whether a comment without a colon can only be an allowance that lacks its reason."""
    return match["code"] in CODE_BY_NAME and (not match["reason"].strip() or "-" in match["code"])


def _wrong(comment: _Comment) -> Diagnostic | None:
    """What is wrong with an allowance, whatever stands below it."""
    code = CODE_BY_NAME.get(comment.code)
    if code is None:
        near = nearest(comment.code, _WARNINGS)
        label = f"did you mean `{near}`?" if near else ""
        mend = f"{listed(_WARNINGS)} can be allowed"
        return _unused(comment, f"there is no diagnostic called `{comment.code}`", mend=mend, label=label)
    if comment.code not in _WARNINGS:
        what = "an error" if code.severity is Severity.ERROR else "about comments like this one"
        message = f"`{comment.code}` is {what}: it cannot be allowed"
        return _unused(comment, message, mend="mend what it says, and take the comment out")
    if not comment.reason:
        message = "this comment does not say why, and so it allows nothing"
        return _unused(comment, message, mend=f"`# allow {comment.code}: the reason`")
    return None


def _unused(comment: _Comment, message: str, *, mend: str, label: str = "") -> Diagnostic:
    return Diagnostic("unused-allow", Severity.WARNING, message, Label(comment.span, label), help=(mend,))
