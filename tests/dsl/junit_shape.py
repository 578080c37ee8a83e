"""JUnit XML as Jenkins, GitLab and GitHub's test reporters read it: there is no standard, but they agree on this."""

from __future__ import annotations

from xml.etree import ElementTree as ET

_COUNTS = ("tests", "failures", "errors", "skipped")
_MAY_HOLD = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped", "system-out"},
}
_NEEDED = {"testsuite": {"name", *_COUNTS}, "testcase": {"name", "classname"}, "failure": {"message", "type"}}
_KNOWN = {
    "testsuites": {"name", *_COUNTS},
    "testsuite": {"name", *_COUNTS},
    "testcase": {"name", "classname", "file", "line"},
    "failure": {"message", "type"},
    "skipped": {"message"},
}


def misshapen(suites: ET.Element) -> list[str]:
    """What those that read it would stumble over: unknown elements and attributes, and counts that are wrong."""
    found = [] if suites.tag == "testsuites" else [f"begins with {suites.tag}"]
    for element in suites.iter():
        found += [f"{element.tag} lacks {key}" for key in _NEEDED.get(element.tag, set()) - set(element.keys())]
        found += [f"{element.tag} has {key}" for key in set(element.keys()) - _KNOWN.get(element.tag, set())]
        found += [f"{one.tag} in {element.tag}" for one in element if one.tag not in _MAY_HOLD.get(element.tag, set())]
    for counted in (suites, *suites):
        are = {
            "tests": len(list(counted.iter("testcase"))),
            "failures": len(list(counted.iter("failure"))),
            "errors": len(list(counted.iter("error"))),
            "skipped": len(list(counted.iter("skipped"))),
        }
        found += [f"{key} is not {number}" for key, number in are.items() if counted.get(key) != str(number)]
    return found
