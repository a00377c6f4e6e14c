"""The parameters of triggers: by which events a message falls due, when, and which comes first."""

from typing import Literal

from pydantic import Field

from insight.config.strict import Strict

#: The triggers there are: of two that fall due together the first one counts, unless `Triggers.order` says otherwise.
Trigger = Literal[
    "complaint_closed",
    "first_late_payment",
    "lead",
    "points_lapse",
    "no_first_purchase",
    "gone_quiet",
    "new_product",
    "birthday",
]


class NoFirstPurchase(Strict):
    """Registered, or an account opened, and nothing bought since."""

    days: int = Field(default=14, ge=1, le=365, description="days without a purchase after registering or opening")
    within: int = Field(default=28, ge=1, le=180, description="days in which its goal, a purchase, is looked for")


class Birthday(Strict):
    """The month of birth begins."""

    within: int = Field(default=28, ge=1, le=180, description="days in which its goal, a purchase, is looked for")


class PointsLapse(Strict):
    """Points are about to lapse."""

    lifetime_months: int | None = Field(
        default=None, ge=1, le=120, description="months that points live at least; none: not known, no such trigger"
    )
    ends: Literal["month", "quarter", "year"] = Field(
        default="month", description="points lapse at the end of the month, quarter or year in which they get so old"
    )
    days: int = Field(default=30, ge=1, le=180, description="days before points lapse")
    least: int = Field(default=1, ge=1, le=10**9, description="points about to lapse that are worth a message")
    expired: tuple[str, ...] = Field(default=("expired",), description="kinds of `rewards` that say points have lapsed")
    within: int = Field(default=30, ge=1, le=180, description="days in which its goal, a redemption, is looked for")


class FirstLatePayment(Strict):
    """The first statement in arrears."""

    days: int = Field(default=1, ge=1, le=60, description="days after the statement")
    within: int = Field(default=45, ge=1, le=180, description="days for its goal: a statement without arrears")


class ComplaintClosed(Strict):
    """A complaint, or a case that left the customer dissatisfied, was closed."""

    days: int = Field(default=3, ge=1, le=60, description="days after it was closed")
    topics: tuple[str, ...] = Field(
        default=("complaint", "投诉"), description="what the topic of a complaint contains, in small letters"
    )
    satisfaction: float | None = Field(
        default=2, description="satisfaction up to which a case counts whatever its topic; none: topics alone count"
    )
    within: int = Field(default=28, ge=1, le=180, description="days in which its goal, a purchase, is looked for")


class GoneQuiet(Strict):
    """Silent for longer than nearly all of the customer's own gaps."""

    gaps: int = Field(default=10, ge=2, le=50, description="last gaps between purchase days, each of them shorter")
    least_days: int = Field(default=14, ge=1, le=365, description="days of silence at least")
    within: int = Field(default=28, ge=1, le=180, description="days in which its goal, a purchase, is looked for")


class NewProduct(Strict):
    """A new product of a category that the customer buys."""

    days: int = Field(default=14, ge=1, le=90, description="days of sale after which a product is looked at")
    buyers: int = Field(default=50, ge=1, le=10**6, description="customers who have bought it in these days")
    history_days: int = Field(
        default=91, ge=28, le=730, description="days of data before a product counts as new, and of the customer's own"
    )
    purchase_days: int = Field(default=3, ge=1, le=50, description="days with a purchase of the category among these")
    within: int = Field(default=28, ge=1, le=180, description="days for its goal: a purchase of something new")


class Lead(Strict):
    """An enquiry or lead that nothing has followed."""

    days: int = Field(default=7, ge=1, le=90, description="days without an application or opening after it")
    kinds: tuple[str, ...] = Field(
        default=("lead", "consultation", "enquiry", "inquiry", "咨询", "线索"),
        description="how the kind of an interaction begins that is a lead, in small letters",
    )
    within: int = Field(default=28, ge=1, le=180, description="days in which its goal, an application, is looked for")


class Triggers(Strict):
    """Which triggers there are, in which order, and when each falls due."""

    unused: tuple[Trigger, ...] = Field(default=(), description="triggers that are not used")
    order: tuple[Trigger, ...] = Field(
        default=(), description="triggers that come first where several fall due together; the others follow"
    )
    rise: float = Field(
        default=0.1, gt=0, le=2, description="how much more of the goal a test is to see, as a share of what comes"
    )
    no_first_purchase: NoFirstPurchase = NoFirstPurchase()
    birthday: Birthday = Birthday()
    points_lapse: PointsLapse = PointsLapse()
    first_late_payment: FirstLatePayment = FirstLatePayment()
    complaint_closed: ComplaintClosed = ComplaintClosed()
    gone_quiet: GoneQuiet = GoneQuiet()
    new_product: NewProduct = NewProduct()
    lead: Lead = Lead()
