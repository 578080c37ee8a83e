"""Tarifa: what has no home in the engine, the language, the jobs or the API: services, storage, files, command line."""
