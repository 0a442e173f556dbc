"""A package turns out to be bad weeks after it was let in: the reviews say who took it in, and through what."""

from __future__ import annotations

from app.core.review_search import EVERYTHING, IntakeFilter
from tests.stories.theatre import Theatre, npm_files


def test_whoever_took_a_package_in_is_found_and_those_who_left_it_alone_are_not(house: Theatre) -> None:
    kit = house.publish("chart-kit", "5.2.0"), house.publish("fast-colour", "2.4.1")
    taken = npm_files(
        {"fast-colour": ("2.4.1", kit[1]), "chart-kit": ("5.2.0", kit[0])}, **{"fast-colour": "chart-kit"}
    )
    other = npm_files({"other": ("1.0.0", house.publish("other", "1.0.0"))})
    pull = house.github.open_pull(house.repository(npm_files({})), "Charts", taken)
    house.github.open_pull(house.repository(npm_files({})), "Something else", other)
    house.settle()

    search = house.store.search
    (found,) = search.intakes(IntakeFilter("npm/fast-colour", version="2.4.1"), EVERYTHING, 10)
    review = found.review
    assert (review.repository, review.number, review.head_sha) == (
        pull.repository.full_name,
        pull.number,
        pull.head_sha,
    )
    assert found.taken.through == ("npm/chart-kit@5.2.0",)
    assert (found.taken.file, found.taken.kind, found.taken.action) == ("package-lock.json", "added", None)
    kept = search.review(review.id, EVERYTHING)
    assert kept is not None
    assert "npm/fast-colour@2.4.1" in {item.package.label for item in kept[1].reviewed}
