"""Records that say the same many times over: two of them are weighed, and what is found of these two holds for all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.unify.clusters.cluster import Forest

#: So many records of one system may say the same before they are weighed by two of them.
MANY = 10
_TELLING = ("phone", "email", "document", "birth_date", "wechat")


@dataclass(frozen=True)
class Copies:
    """Which records are weighed, and for which others two of them speak.

    Attributes
    ----------
    weighed
        Numbers of the records that are weighed, in order.
    first, second
        Of every record the two that are weighed for it; itself twice where it is weighed itself.
    """

    weighed: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def others(self) -> np.ndarray:
        """Give the numbers of the records that are not weighed."""
        return np.flatnonzero(self.first != np.arange(len(self.first)))

    def spread(self, labels: np.ndarray) -> np.ndarray:
        """Give every record's cluster from those of the weighed ones: copies join the two that speak for them.

        Examples
        --------
        >>> copies = Copies(np.array([0, 1, 3]), np.array([0, 1, 0, 3]), np.array([0, 1, 1, 3]))
        >>> copies.spread(np.array([0, 0, 2])).tolist(), copies.spread(np.array([0, 1, 2])).tolist()
        ([0, 0, 0, 3], [0, 1, 2, 3])
        """
        whole = np.arange(len(self.first))
        whole[self.weighed] = self.weighed[labels]
        others = self.others
        agreed = others[whole[self.first[others]] == whole[self.second[others]]]
        whole[agreed] = whole[self.first[agreed]]
        return whole

    def joined(self, forest: Forest, pairs: pd.DataFrame) -> Forest:
        """Let copies join in a forest as far apart as the two that speak for them are."""
        others = self.others
        weighed = pairs.set_index(["left", "right"])["probability"]
        likely = weighed.reindex(pd.MultiIndex.from_arrays([self.first[others], self.second[others]])).fillna(0.0)
        return Forest(
            forest.records,
            np.concatenate([forest.left, self.first[others]]),
            np.concatenate([forest.right, others]),
            np.concatenate([forest.distance, 1 - likely.to_numpy(dtype=float)]),
        )


def find_copies(people: pd.DataFrame, system: pd.Series) -> Copies:
    """Find the records that say the same as many others of their system: more than a name, which strangers share.

    Examples
    --------
    >>> twelve = pd.DataFrame({"unique_id": range(12), "given_name": "ann", "phone": "13871925046"})
    >>> find_copies(twelve, pd.Series("crm", index=twelve.index)).weighed.tolist()
    [0, 1]
    >>> find_copies(twelve.drop(columns="phone"), pd.Series("crm", index=twelve.index)).weighed.tolist()[-1]
    11
    """
    said = people.drop(columns="unique_id").astype("str").assign(system=system.to_numpy())
    telling = [name for name in said.columns if name.startswith(_TELLING)]
    tells = people[telling].notna().any(axis=1).to_numpy()
    alike = pd.util.hash_pandas_object(said, index=False).to_numpy()
    numbers = np.arange(len(people))
    grouped = pd.Series(numbers).groupby(alike)
    is_copied = tells & (grouped.transform("size").to_numpy() > MANY)
    place = grouped.cumcount().to_numpy()
    is_weighed = ~is_copied | (place < 2)
    first = np.where(is_weighed, numbers, grouped.transform("first").to_numpy())
    second = pd.Series(np.where(place == 1, numbers, -1)).groupby(alike).transform("max").to_numpy()
    return Copies(numbers[is_weighed], first, np.where(is_weighed, numbers, second))
