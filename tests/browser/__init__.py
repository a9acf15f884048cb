"""The phone's agent in Pyodide, the Python of the browser, under Node."""
