"""The plan of a study, written before its figures: a document of its own, and no exhibit."""
