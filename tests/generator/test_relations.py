from __future__ import annotations

import copy
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockwright.generator import Hints, generate, relations
from mockwright.generator.geography import cities
from mockwright.shapes.rest.infer import infer_shape


def agree(value: Any, **given_: Any) -> Any:
    return relations.harmonise(value, Hints(**given_), lambda _: True)


def answer(path: str, seed: int) -> Any:
    return generate(infer_shape("GET", path).schema, seed=seed, hints=Hints(path=path))


seeds = st.integers(0, 2**32)


@given(seeds)
def test_lines_and_totals_add_up(seed: int) -> None:
    order = answer("/orders/1", seed)
    lines = order["items"]
    assert all(x["lineTotal"] == round(x["quantity"] * x["unitPrice"], 2) for x in lines)
    assert order["subtotal"] == round(sum(x["quantity"] * x["unitPrice"] for x in lines), 2)
    parts = order["subtotal"] + order["tax"] + order["shippingCost"]
    assert order["total"] == round(parts, 2)


@given(seeds)
def test_times_follow_one_another(seed: int) -> None:
    user = answer("/users/1", seed)
    assert user["createdAt"] <= user["updatedAt"] <= user["lastLogin"]


@given(seeds)
def test_msrp_and_stock_flag_agree(seed: int) -> None:
    product = answer("/products/1", seed)
    assert product["msrp"] >= product["price"]
    assert product["inStock"] == (product["stock"] > 0)


@given(seeds)
def test_net_pay_is_gross_less_deductions(seed: int) -> None:
    slip = answer("/payroll/1", seed)
    assert slip["netPay"] == round(slip["grossPay"] - slip["deductions"], 2)
    assert slip["periodStart"] <= slip["periodEnd"]


@given(st.lists(st.integers(1, 3), min_size=2, max_size=9))
def test_ids_become_unique(ids: list[int]) -> None:
    found = [item["id"] for item in agree([{"id": i} for i in ids])]
    assert len(set(found)) == len(ids)


@given(st.integers(0, 500), st.integers(1, 9))
def test_counts_match_the_list_and_keys_point_into_it(total: int, user: int) -> None:
    value = {"total": total, "users": [{"id": 3}, {"id": 4}]}
    assert agree(value)["total"] == 2
    both = agree({"users": [{"id": 3}], "orders": [{"id": 9, "userId": user}]})
    assert both["orders"][0]["userId"] == 3


@given(st.floats(1, 1e4), st.integers(0, 400))
def test_what_the_caller_gave_is_never_changed(price: float, capacity: int) -> None:
    mine = {"total": price, "items": [{"id": 1, "quantity": 2, "unitPrice": 3.0}]}
    assert agree(copy.deepcopy(mine), given={"total": price})["total"] == price
    hall = {"capacity": 10, "attendeeCount": capacity}
    assert agree(dict(hall), given=dict(hall)) == hall


@given(seeds)
def test_refused_changes_leave_the_value_as_it_was(seed: int) -> None:
    value = {
        "total": seed + 5,
        "users": [{"id": 1}, {"id": 1}],
        "gender": "male",
        "firstName": "Emma",
    }
    before = copy.deepcopy(value)
    assert relations.harmonise(value, Hints(), lambda v: v == before) == before


def test_gender_fits_the_name_and_capacity_holds() -> None:
    assert agree({"firstName": "Emma", "gender": "Male"})["gender"] == "Female"
    assert agree({"capacity": 10, "attendeeCount": 20})["attendeeCount"] == 7


@given(seeds)
def test_a_nested_reference_names_one_of_the_objects_there_are(seed: int) -> None:
    value = {"users": [{"id": 3}, {"id": 4}], "orders": [{"id": 1, "user": {"id": seed}}]}
    order = agree(value)["orders"][0]
    assert order["user"]["id"] in (3, 4)
    assert order["id"] == 1


@given(seeds)
def test_a_generated_reference_points_into_the_same_answer(seed: int) -> None:
    one = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    order = {
        "type": "object",
        "required": ["id", "user", "productId"],
        "properties": {"id": {"type": "integer"}, "user": one, "productId": {"type": "integer"}},
    }
    lists = {"users": one, "products": one, "orders": order}
    schema = {
        "type": "object",
        "required": list(lists),
        "properties": {
            name: {"type": "array", "items": item, "minItems": 2, "maxItems": 3}
            for name, item in lists.items()
        },
    }
    value = generate(schema, seed=seed)
    users, products = ({x["id"] for x in value[name]} for name in ("users", "products"))
    assert all(x["user"]["id"] in users and x["productId"] in products for x in value["orders"])


@given(st.dates(), st.integers(0, 120))
def test_an_age_is_the_years_since_birth(born: date, age: int) -> None:
    now = Hints().now.date()
    years = now.year - born.year - ((born.month, born.day) > (now.month, now.day))
    found = agree({"age": age, "birthDate": born.isoformat()})["age"]
    assert found == (years if 0 <= years <= 125 else age)


@given(seeds)
def test_generated_ages_fit_their_birth_dates(seed: int) -> None:
    patient = answer("/patients/1", seed)
    born, now = date.fromisoformat(patient["birthDate"]), Hints().now.date()
    years = now.year - born.year - ((born.month, born.day) > (now.month, now.day))
    assert patient["age"] == years


@given(st.sampled_from([p.country for p in cities()]), st.booleans())
def test_a_currency_is_that_of_the_country_beside_it(country: Any, short: bool) -> None:
    beside = {"countryCode": country.code} if short else {"country": country.name}
    assert agree({**beside, "currency": "ZZZ"})["currency"] == country.currency
    assert agree({**beside, "currency": "gold"})["currency"] == "gold"


@given(st.floats(0.5, 1e4), st.floats(0.5, 1e4), st.integers(0, 100))
def test_a_discount_is_the_difference_in_percent(price: float, msrp: float, off: int) -> None:
    found = agree({"price": price, "msrp": msrp, "discountPercent": off})
    assert found["msrp"] >= found["price"] == price
    assert found["discountPercent"] == round(100 * (1 - price / found["msrp"]))


@given(seeds)
def test_a_flight_has_landed_only_when_it_has_arrived(seed: int) -> None:
    flight = answer("/flights/1", seed)
    begin, end = (datetime.fromisoformat(flight[k]) for k in ("departureTime", "arrivalTime"))
    now = Hints().now
    assert begin < end
    fits = {
        "landed": end < now,
        "departed": begin <= now <= end,
        "boarding": timedelta() < begin - now < timedelta(hours=1),
    }
    assert fits.get(flight["status"], begin > now)


@given(seeds)
def test_projects_lie_where_their_status_says(seed: int) -> None:
    project = answer("/projects/1", seed)
    today = Hints().now.date().isoformat()
    assert project["startDate"] < project["endDate"]
    if project["status"] == "completed":
        assert project["endDate"] <= today
        assert project["progress"] == 100
    if project["status"] == "active":
        assert project["startDate"] <= today <= project["endDate"]


def test_fewer_like_than_look() -> None:
    assert agree({"viewCount": 90, "likeCount": 300})["likeCount"] < 30


NAMES = (
    "id userId user users total price msrp discount quantity status startDate endDate age birthDate"
    " country currency firstName gender progress completed viewCount likeCount active page email"
    " subtotal items tax"
)
TEXTS = "2025-01-01 9999-12-31 0001-01-01T00:00:00Z landed active female"
members = st.dictionaries(
    st.sampled_from(NAMES.split()),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(TEXTS.split()),
    max_size=9,
)


@given(
    st.recursive(
        members,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["users", "items", "user", "data"]), inner, max_size=3
        ),
        max_leaves=6,
    )
)  # fmt: skip
def test_no_answer_upsets_the_laws(value: Any) -> None:
    before = copy.deepcopy(value)
    assert relations.harmonise(value, Hints(), lambda v: v == before) == before


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_the_lower_bound_is_not_above_the_upper(low: int, high: int) -> None:
    found = agree({"low": low, "high": high})
    assert (found["low"], found["high"]) == (min(low, high), max(low, high))


@given(seeds)
def test_what_was_published_is_no_draft(seed: int) -> None:
    assert answer("/posts/1", seed)["status"] == "published"


def test_a_state_that_the_schema_does_not_know_is_not_put() -> None:
    order = {"status": "pending", "deliveredAt": "2025-06-01T10:00:00Z"}
    assert relations.harmonise(dict(order), Hints(), lambda v: v["status"] == "pending") == order


def test_the_shares_of_a_poll_are_those_of_its_votes() -> None:
    options = [{"votes": 30, "percentage": 1.0}, {"votes": 10, "percentage": 2.0}]
    poll = agree({"options": options, "totalVotes": 7})
    assert [option["percentage"] for option in poll["options"]] == [75.0, 25.0]
    assert poll["totalVotes"] == 40


def test_nobody_is_their_own_manager() -> None:
    assert agree({"id": 2, "managerId": 2}) == {"id": 2, "managerId": 1}
    assert agree({"id": 1, "parentId": 1}) == {"id": 1, "parentId": 2}
