"""The writes: one module per noun. Each owns its transactions, appends events, and knows no actor and no transport.

Time is passed in as `now`, the author as `by`. What a client got wrong comes back as `Problem` values; only a broken
invariant or an unusable database raises.
"""
