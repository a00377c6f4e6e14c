"""The parameters of offers on trial: what money brings and costs, what an offer works through, and who may have it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from insight.config.strict import Strict

#: What a response sets going: more spending, a higher limit, a card used at last, somebody who stays or comes back,
#: a purchase in instalments.
WORKS = ("spending", "limit", "start", "stay", "plan")

ChannelCapacity = dict[str, Annotated[int, Field(ge=1)]]


class Economics(Strict):
    """What money brings and costs this business, as far as its tables do not show it."""

    spend_margin: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="what a unit of spending brings: a card's interchange, a shop's margin; none: 0.0045 for a bank, "
        "the issuer's share by rule of 2016 in mainland China, else not known",
    )
    default_costs: float = Field(
        default=5.0, gt=0, le=1e6, description="what a default costs, in what a client brings who pays back"
    )
    points_cost: float = Field(default=0.0, ge=0, le=1, description="what points cost for a unit of spending")
    funds_year: float = Field(default=0.025, ge=0, le=1, description="what a unit owed for a year costs in funds")
    interchange: dict[str, float] = Field(
        default_factory=dict,
        description="what a unit of spending brings by category, where that is not `spend_margin`",
    )
    account_month: float = Field(default=0.0, ge=0, description="what keeping an open account for a month costs")
    statement_costs: float = Field(default=0.0, ge=0, description="what a statement costs")
    ticket_costs: float = Field(default=0.0, ge=0, description="what a service ticket costs")
    discount_year: float = Field(
        default=0.08, ge=0, le=1, description="interest of a year by which margin that comes later is worth less"
    )
    plan_fee_month: float = Field(
        default=0.006, ge=0, le=0.1, description="fee of a purchase in instalments, a month, as a share of it"
    )


class OfferTerms(Strict):
    """What is known of one offer beside what is delivered of it."""

    works: Literal[WORKS] = Field(  # type: ignore[valid-type]
        default="spending", description="what a response sets going: spending, limit, start, stay, plan"
    )
    categories: tuple[str, ...] = Field(
        default=(), description="categories whose spending it raises; none: those that it lists, else all"
    )
    when: tuple[dict[str, Any], ...] = Field(
        default=(), description="who may have it: conditions as tags have them, over what is known at a month's start"
    )
    share: float | None = Field(default=None, gt=0, le=1, description="share of the list that it may take at most")
    capacity: int | None = Field(default=None, ge=1, description="contacts that may carry it at most; none: any number")
    stopped: bool = Field(default=False, description="whether it is sent to nobody, as a review may propose")


class GroupShare(Strict):
    """A group of customers of whom a list must hold enough."""

    when: tuple[dict[str, Any], ...] = Field(
        min_length=1,
        description="who belongs to it: conditions as tags have them, over what is known at a month's start",
    )
    share: float = Field(gt=0, le=1, description="share of the list that it must have at least")
