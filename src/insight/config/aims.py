"""The parameters of what a business aims at: targets beside which its customer figures are laid."""

from typing import Literal

from pydantic import Field

from insight.config.strict import Strict


class Aims(Strict):
    """Targets of a quarter; what is left out has none."""

    active: float | None = Field(default=None, ge=0, le=1, description="of who bought within a year, who buys")
    spend: dict[Literal["top", "middle", "base"], float] = Field(
        default_factory=dict, description="net spend of a customer by value tier, in currency units"
    )
    upgrade: dict[Literal["middle", "base"], float] = Field(
        default_factory=dict, description="share of a value tier that moves to a higher one"
    )
    second: float | None = Field(
        default=None, ge=0, le=1, description="share of new customers with a second day of purchases within the quarter"
    )
    back: float | None = Field(
        default=None, ge=0, le=1, description="share of those silent for half a year who buy again"
    )
    satisfaction: float | None = Field(default=None, ge=0, le=10, description="mean satisfaction with service")
    complaints: float | None = Field(default=None, ge=0, description="complaints per thousand customers of a year")
    activity: dict[str, float] = Field(
        default_factory=dict, description="by a product held: share of its accounts that are used"
    )

    def of(self, kpi: str, group: str = "") -> float | None:
        """Give the target of a figure, of a group where it has one.

        Examples
        --------
        >>> Aims(active=0.8, spend={"top": 900.0}).of("spend", "top"), Aims().of("active")
        (900.0, None)
        """
        given = getattr(self, kpi)
        return given.get(group) if isinstance(given, dict) else given
