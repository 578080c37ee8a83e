"""Rulesets on trial: their tests run, what no test reaches, what each figure of one request comes from."""
