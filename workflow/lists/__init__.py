"""Lists 清单: figures that are the sum of named items, each institution counted once in its scope."""
