"""The GraphQL API: translates requests in, calls one service or one reading query, translates the answer out.

Start at `app` (what is served), then `schema` (what can be asked), `auth` (who may ask it), `limits` (how much).
"""
