"""Explanations and reasons in people's languages. One module per language; `english` is the first."""
