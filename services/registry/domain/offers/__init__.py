"""Offers: what an employer says, what of it can be, and what follows from it."""
