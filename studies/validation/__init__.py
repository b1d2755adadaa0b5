"""What every estimator gives beside published numbers and independent implementations.

`python -m studies.validation` writes docs/validation.md; a test makes the page again.
"""
