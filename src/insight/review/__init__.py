"""What campaigns brought: who was reached, who redeemed, and what was spent more than by comparable customers."""
