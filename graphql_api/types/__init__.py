"""What the API answers with, one module per noun, each built from a frozen read model."""
