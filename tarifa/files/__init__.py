"""Facts as CSV files: accounts, sites, contracts, worklogs and top-ups (`docs/files.md`)."""
