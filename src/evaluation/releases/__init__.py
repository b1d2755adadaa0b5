"""Releases: what the office had published when a study was run, and what the study said then."""
