"""What the exporter to Coq is made of: exact data, scalar checks, text, reading back, running."""
