"""Bytes, chains, seals, keys and proofs: each module of ``protocol`` against its clauses."""
