"""Background work: Dramatiq on the database's own job table. The table is a hint; losing it loses no money."""
