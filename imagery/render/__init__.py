"""Pictures of scenes: tiles in Web Mercator and chips by bounds, drawn from the scenes' COGs."""
