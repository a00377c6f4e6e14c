"""The parameters of proposals of credit limits: what risk is borne, what is affordable, what is added in all."""

from pydantic import Field, model_validator

from insight.config.strict import Strict


class CreditLimits(Strict):
    """Which limits are proposed to be raised or lowered; a person decides on each."""

    step: float = Field(default=0.25, gt=0, le=1, description="share of a limit by which it is raised or lowered")
    round_to: float = Field(default=1000, gt=0, description="limits are multiples of this, in currency units")
    raise_up_to: float = Field(
        default=0.01, gt=0, lt=1, description="probability of falling behind up to which a raise is proposed"
    )
    lower_from: float = Field(
        default=0.1, gt=0, lt=1, description="probability of falling behind from which on a lower limit is proposed"
    )
    of_income: float = Field(
        default=0.2, gt=0, le=2, description="limits of a customer that are affordable, as a share of a year's income"
    )
    least_use: float = Field(
        default=0.3, gt=0, le=1, description="expected use of the limit from which on a raise is proposed"
    )
    months_open: int = Field(default=6, ge=0, le=120, description="months since opening before a raise is proposed")
    rest_months: int = Field(default=12, ge=0, le=120, description="months after a raise before the next is proposed")
    added_share: float = Field(
        default=0.01, ge=0, le=1, description="exposure at default that raises may add, as a share of what there is"
    )

    @model_validator(mode="after")
    def _raised_below_lowered(self) -> "CreditLimits":
        if self.raise_up_to >= self.lower_from:
            raise ValueError("`raise_up_to` must lie below `lower_from`: no limit is raised and lowered")
        return self
