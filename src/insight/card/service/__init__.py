"""Service tickets: what customers ask, which questions a machine may answer, waiting, satisfaction, complaints."""
