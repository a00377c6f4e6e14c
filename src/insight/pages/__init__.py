"""Pages in HTML, made of executed notebooks."""
