"""A month of a fictional company, billed the real way: files to services to jobs to documents."""
