"""From files to rows of text: found, decoded, cut into fields, every record accounted for."""
