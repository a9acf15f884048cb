"""A month end over columns: ``files`` (Parquet and Arrow, streamed) ``wording`` (B25)."""
