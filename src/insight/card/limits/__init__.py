"""Credit limits: what is drawn of them before a default, what is lost, what raises brought, and proposals to decide."""
