"""How models of leaving are watched: groups compared, what is refused, columns that drift, the model card."""
