from report.conftest import _strict, put_out

__all__ = ["_strict", "put_out"]
