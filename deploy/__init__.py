"""How Encounters is run: from pip alone (`embedded`), as a demo, and as containers."""
