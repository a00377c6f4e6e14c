"""The card bank: a made-up bank whose truth is known."""
