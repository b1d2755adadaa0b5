"""The documentation as a site, from the pages in `docs/` and beside the code.

`python -m building.website` puts the pages together in `.site/`, has the generator make `site/`
of them, and refuses what a reader without a network would miss.
"""
