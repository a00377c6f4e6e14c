"""Who is who: how records become customers, and how accurate that is."""
