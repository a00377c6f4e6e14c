"""Everything that tables say of one customer, on one page in JupyterLab."""

from insight.customer360.page import show

__all__ = ["show"]
