"""What a hub asks: "what if ...": changes to an instance, and who gains what by them. Pure, like the solver."""
