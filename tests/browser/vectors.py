"""Inside Pyodide: holds the vectors against the protocol with the host's verifier."""

from tests.browser.ports import HostVerifier
from tests.vectors.check import failures


def main(vectors):
    """One line for each vector (name → text) that does not hold."""
    return failures(vectors, HostVerifier())
