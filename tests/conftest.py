"""What all tests share."""

from hypothesis import settings

settings.register_profile("tarifa", deadline=None)  # machines are noisy; speed is measured in benchmarks/
settings.load_profile("tarifa")
