"""The numbers of the answer: the study, its primary effect and what bears on it."""
