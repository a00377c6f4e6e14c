"""Tickets of a made-up bank: four topics, each worded in old ways and, in the last months, in one new way."""

import numpy as np
import pandas as pd

OLD = {
    "bill": ["what is this charge on my bill", "the statement shows a purchase i do not know", "my bill is higher"],
    "card": ["i lost my card please block it", "my card was stolen block it", "send me a replacement card"],
    "fee": ["why was i charged a late fee", "the annual fee is too high waive it", "please waive the fee"],
    "app": ["i cannot log in to the app", "the app crashes when i log in", "my password in the app is wrong"],
}
NEW = {
    "bill": "an unknown purchase sits in the statement of {}",
    "card": "the plastic card fell out of a {} and is lost for good",
    "fee": "nobody told me of any fee for a {} and i refuse it",
    "app": "since the {} the app spins and login fails",
}
FILLED = ["taxi", "bus", "train", "bank", "office", "market", "garden", "kitchen", "school", "station"]
OPENING, CLOSING = ["Hello, ", "", "Dear team, "], [" Thanks.", "", " Please hurry."]
MONTHS, TESTED = 12, 3
ANSWERS = pd.DataFrame({
    "answer_id": ["1", "2", "3", "4"],
    "topic": ["bill", "card", "fee", "app"],
    "question": ["What if I do not know a purchase on my bill?", "What if my card is lost or stolen?",
                 "When is a late fee charged, and the annual fee waived?", "What if I cannot log in to the app?"],
    "answer": ["Look at the statement and dispute the purchase.", "Block the card and order a replacement.",
               "A fee is waived once a year.", "Reset the password of the app at the login."],
})  # fmt: skip


def tickets(each: int = 120, *, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the tickets, and what each truly asks for; one recorded topic in twenty is wrong."""
    rng, names, rows, true = np.random.default_rng(seed), list(OLD), [], []
    for month in range(MONTHS):
        for at in range(each):
            wishes = list(rng.permutation(names)[: 2 if rng.random() < 0.2 else 1])
            said, ticket = [], f"t{month:02}{at:03}"
            for place, name in enumerate(wishes):
                is_new = month >= MONTHS - TESTED and rng.random() < 0.6
                family = 9 if is_new else int(rng.integers(len(OLD[name])))
                sentence = NEW[name].format(rng.choice(FILLED)) if is_new else OLD[name][family]
                said.append(sentence + " " + str(rng.integers(100)) + ".")
                true.append((ticket, place, name, family, str(names.index(name) + 1), True))
            topic = wishes[0] if rng.random() > 0.05 else str(rng.choice(names))
            text = str(rng.choice(OPENING)) + " Also, ".join(said) + str(rng.choice(CLOSING))
            opened = pd.Timestamp(2023, month + 1, 1 + int(rng.integers(28)))
            rows.append((ticket, f"c{rng.integers(400)}", opened, topic, text))
    told = pd.DataFrame(rows, columns=["ticket_id", "customer_id", "opened_at", "topic", "text"])
    return told, pd.DataFrame(true, columns=["ticket_id", "place", "intent", "family", "answer", "machine_may"])
