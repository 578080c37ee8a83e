"""What a check found, for other programs: JSON, SARIF, GitHub annotations and JUnit XML.

Each is a function from results to text. Places are lines and columns that start at 1 and count characters; the end is
behind the last one. Nothing is put together from pieces of markup: all text goes through an encoder.
"""

from dsl.reports.github import as_github
from dsl.reports.json_report import as_json
from dsl.reports.junit import as_junit
from dsl.reports.result import Result
from dsl.reports.sarif import as_sarif

__all__ = ["Result", "as_github", "as_json", "as_junit", "as_sarif"]
