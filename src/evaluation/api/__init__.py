"""What a notebook calls: `import evaluation as ev` re-exports the names of these modules."""
