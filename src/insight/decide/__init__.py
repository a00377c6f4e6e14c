"""What is offered to whom: the catalogue, who may be contacted, the list within a budget, its control group."""
