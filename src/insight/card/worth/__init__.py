"""What card customers are worth: the account of money by customer and month, and the margin to expect of a year."""
