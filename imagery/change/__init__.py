"""Change between two dates, on arrays alone: registration, radiometry, masks, scores, decision. No files, no database."""
