from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hr_bridge.match import Grade
from hr_bridge.pay.band import Band, BandMissing, PayInputInvalid
from hr_bridge.pay.package import PackageShape
from hr_bridge.pay.reasons import Language
from hr_bridge.pay.settings import PaySettings
from hr_bridge.policy import PolicyUnknown, load_policy
from hr_bridge.salary import PaySuggestion, salary_command, suggest

CN, STRICT = load_policy("cn"), load_policy("strict")
SALES: dict[str, Any] = {"grade": "mid", "bands": {"mid": Band(10, 13)}, "match": 85.0, "level": "mid"}


def _sales(**more: Any) -> PaySuggestion:
    return suggest(**({"policy": CN} | SALES | more))


class TestWorkedExamples:
    @pytest.mark.parametrize(("prior", "point"), [(10, 11.5), (9.8, 11.27), (12, 12)])
    def test_sales_with_prior_pay_in_china(self, prior: float, point: float) -> None:
        suggestion = _sales(prior_pay=prior)
        assert suggestion.recommended == (11, 12)
        assert suggestion.point == point
        assert suggestion.ignored == ()

    @pytest.mark.parametrize("prior", [10, 9.8, 12])
    def test_sales_under_strict_ignores_prior_pay_and_says_so(self, prior: float) -> None:
        suggestion = _sales(policy=STRICT, prior_pay=prior)
        assert suggestion.recommended == (11, 12)
        assert suggestion.point == 11.5
        assert suggestion.ignored == ("prior_pay",)
        assert "按“strict”策略，定薪不使用原薪资，已忽略。" in suggestion.reasons

    @pytest.mark.parametrize("policy", [CN, STRICT])
    def test_technical_without_a_match_shows_the_whole_band(self, policy: Any) -> None:
        suggestion = suggest(grade="mid", bands={"mid": Band(12, 15)}, level="mid", policy=policy)
        assert suggestion.band == suggestion.recommended == (12, 15)
        assert suggestion.regrade is None
        assert any("暂无岗位匹配度" in line for line in suggestion.reasons)

    @pytest.mark.parametrize("policy", [CN, STRICT])
    def test_technical_assessed_senior_is_regraded_with_the_senior_band_and_the_reason(self, policy: Any) -> None:
        bands: dict[Grade, Band] = {"mid": Band(12, 15), "senior": Band(15, 18)}
        suggestion = suggest(grade="mid", bands=bands, level="senior", match=85, policy=policy)
        assert (suggestion.grade, suggestion.regrade, suggestion.band) == ("mid", "senior", (15, 18))
        assert suggestion.recommended == (16, 17)
        assert any("建议按高级定级，薪资带15-18K，须经审批人同意" in line for line in suggestion.reasons)
        assert suggestion.needs_approval(15)

    def test_technical_assessed_senior_in_a_fixed_grade_gets_a_richer_package_instead(self) -> None:
        bands: dict[Grade, Band] = {"mid": Band(12, 15, months=13), "senior": Band(15, 18)}
        suggestion = suggest(grade="mid", bands=bands, level="senior", match=85, policy=CN, grade_fixed=True)
        assert (suggestion.regrade, suggestion.band) == (None, (12, 15))
        assert suggestion.package.months == 14
        assert any("更优的薪酬组合" in line for line in suggestion.reasons)

    @pytest.mark.parametrize("policy", [CN, STRICT])
    @pytest.mark.parametrize("score", [85, 99])
    def test_supervisor_with_the_premium_competency_gets_the_top_third(self, policy: Any, score: float) -> None:
        bands: dict[Grade, Band] = {"mid": Band(14, 20)}
        suggestion = suggest(
            grade="mid", bands=bands, level="mid", match=82, premium={"leadership": score}, policy=policy
        )
        assert suggestion.recommended == (18, 20)
        assert suggestion.point == 18


class TestEdges:
    def test_a_premium_competency_under_the_line_changes_nothing_and_is_explained(self) -> None:
        with_premium = _sales(premium={"results": 84.9})
        assert with_premium.recommended == (11, 12)
        assert any("未达到85分" in line for line in with_premium.reasons)

    def test_a_premium_without_a_match_still_gives_the_top_third(self) -> None:
        assert _sales(match=None, premium={"results": 90}).recommended == (12, 13)

    @pytest.mark.parametrize(
        ("match", "recommended", "point"), [(60, (10, 11), 10), (70, (10, 11), 10), (100, (12, 13), 13)]
    )
    def test_the_range_is_moved_to_stay_inside_the_band(
        self, match: float, recommended: tuple[float, float], point: float
    ) -> None:
        suggestion = _sales(match=match)
        assert suggestion.recommended == recommended
        assert suggestion.point == point

    def test_the_market_median_alone_is_the_point_and_with_prior_pay_their_mean(self) -> None:
        assert _sales(market_median=11.8).point == 11.8
        assert _sales(market_median=11.7, prior_pay=10).point == 11.6
        assert _sales(market_median=20).point == 12
        assert _sales(market_median=11.8, prior_pay=10, policy=STRICT).point == 11.8

    def test_prior_pay_that_was_not_freely_given_is_ignored_even_in_china(self) -> None:
        suggestion = _sales(prior_pay=9.8, prior_given_freely=False)
        assert suggestion.point == 11.5
        assert suggestion.ignored == ("prior_pay",)

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_an_ignored_prior_pay_is_not_repeated_in_the_reasons(self, language: Language) -> None:
        reasons = _sales(policy=STRICT, prior_pay=9.87, language=language).reasons
        assert not any("9.87" in line or "11.35" in line for line in reasons)

    def test_without_the_band_of_the_higher_grade_the_package_becomes_richer(self) -> None:
        suggestion = _sales(level="senior")
        assert (suggestion.regrade, suggestion.band, suggestion.package.months) == (None, (10, 13), 13)

    def test_a_package_of_fourteen_months_becomes_richer_by_bonus(self) -> None:
        settings = PaySettings(package=PackageShape(months=14, bonus_share=0.1))
        suggestion = _sales(level="senior", settings=settings)
        assert (suggestion.package.months, suggestion.package.bonus_share) == (14, 0.15)

    def test_a_regrade_goes_up_by_one_grade_at_most(self) -> None:
        bands: dict[Grade, Band] = {"junior": Band(8, 10), "mid": Band(10, 13), "senior": Band(13, 17)}
        suggestion = suggest(grade="junior", bands=bands, level="senior", match=85, policy=CN)
        assert (suggestion.regrade, suggestion.band) == ("mid", (10, 13))

    def test_a_level_below_the_grade_is_put_before_a_person_and_not_regraded(self) -> None:
        suggestion = _sales(level="junior")
        assert suggestion.regrade is None
        assert any("请由招聘负责人确认职级" in line for line in suggestion.reasons)

    def test_an_unknown_level_is_said_to_be_unknown(self) -> None:
        assert "暂无能力等级，按应聘职级中级计算。" in _sales(level=None).reasons

    def test_an_offer_above_the_range_needs_approval_and_one_inside_does_not(self) -> None:
        suggestion = _sales()
        assert suggestion.needs_approval(12.01)
        assert not suggestion.needs_approval(12)

    def test_a_grade_without_a_band_is_named(self) -> None:
        with pytest.raises(BandMissing, match="senior"):
            _sales(grade="senior")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("match", math.nan),
            ("match", -1),
            ("match", 101),
            ("prior_pay", -5),
            ("prior_pay", math.inf),
            ("prior_pay", 0),
            ("prior_pay", 12000),
            ("market_median", math.nan),
            ("premium", {"results": 120}),
            ("peers", [10, -3]),
        ],
    )
    def test_a_number_that_makes_no_sense_is_refused_in_one_sentence(self, name: str, value: Any) -> None:
        with pytest.raises(PayInputInvalid, match=r"^The .+\.?\d*\.$"):
            _sales(**{name: value})

    def test_the_constants_belong_to_the_family(self) -> None:
        settings = PaySettings(
            match_at_low_end=60, range_share=1 / 4, prior_raise=0.2, premium_from=80, premium_share=0.5
        )
        suggestion = _sales(match=80, prior_pay=9.5, settings=settings)
        assert (suggestion.recommended, suggestion.point) == ((10.75, 12.25), 11.4)
        assert _sales(premium={"results": 80}, settings=settings).recommended == (11.5, 13)

    @pytest.mark.parametrize("wrong", [{"range_share": 2}, {"match_at_low_end": 100}, {"premium_from": 101}])
    def test_constants_that_contradict_themselves_are_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(PayInputInvalid):
            PaySettings(**wrong)  # type: ignore[arg-type]


class TestPayEquity:
    def test_a_point_close_to_the_peers_is_fair(self) -> None:
        suggestion = _sales(peers=[10.5, 11, 11.8, 12.5, 12.6])
        assert suggestion.equity is not None
        assert (suggestion.equity.median, suggestion.equity.within_tolerance) == (11.8, True)
        assert any("相差2.5%，在±10%以内" in line for line in suggestion.reasons)

    def test_a_point_far_from_the_peers_is_put_up_for_review(self) -> None:
        suggestion = _sales(peers=[9, 9.5, 10, 9.2, 9.4])
        assert suggestion.equity is not None
        assert not suggestion.equity.within_tolerance
        assert any("请复核" in line for line in suggestion.reasons)

    def test_under_five_peers_nobody_is_compared_so_that_nobodys_pay_is_told(self) -> None:
        suggestion = _sales(peers=[9.87] * 4)
        assert suggestion.equity is None
        assert not any("9.87" in line for line in suggestion.reasons)


@given(
    low=st.floats(1, 100),
    width=st.floats(0, 50),
    match=st.none() | st.floats(0, 100),
    prior=st.none() | st.floats(0.5, 200),
    market=st.none() | st.floats(0.5, 200),
    premium=st.none() | st.floats(0, 100),
)
def test_point_lies_in_the_range_and_the_range_in_the_band(
    low: float, width: float, match: float | None, prior: float | None, market: float | None, premium: float | None
) -> None:
    suggestion = suggest(
        grade="mid",
        bands={"mid": Band(low, low + width)},
        policy=CN,
        match=match,
        level="mid",
        premium={} if premium is None else {"results": premium},
        prior_pay=prior,
        market_median=market,
    )
    numbers = [suggestion.band[0], suggestion.recommended[0], suggestion.point]
    numbers += [suggestion.recommended[1], suggestion.band[1]]
    assert numbers == sorted(numbers)
    assert all(round(number, 2) == number for number in numbers)


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_better_match_never_lowers_the_pay(a: float, b: float) -> None:
    assume(a <= b)
    assert _sales(match=a).point <= _sales(match=b).point


class TestCommand:
    def test_the_json_has_exactly_the_documented_fields(self) -> None:
        answer = salary_command(
            family="sales", grade="mid", band="10-13", match=85, level="mid", prior_pay=9.8, policy="cn"
        )
        assert list(answer) == ["grade", "band", "recommended", "point", "regrade", "reasons", "ignored"]
        again = json.loads(json.dumps(answer))
        assert (again["band"], again["recommended"], again["point"]) == ([10, 13], [11, 12], 11.27)
        assert all(isinstance(line, str) for line in again["reasons"])

    def test_strict_is_the_default_policy(self) -> None:
        answer = salary_command(family="sales", grade="mid", band="10-13", match=85, level="mid", prior_pay=12)
        assert (answer["point"], answer["ignored"]) == (11.5, ["prior_pay"])

    def test_bands_by_grade_allow_a_regrade(self) -> None:
        answer = salary_command(
            family="technical", grade="mid", bands="junior=9-12,mid=12-15K·13薪,senior=1.5-1.8万", level="senior"
        )
        assert (answer["regrade"], answer["band"], answer["recommended"]) == ("senior", [15, 18], [15, 18])

    def test_premium_competencies_are_read_from_key_and_score(self) -> None:
        answer = salary_command(
            family="production", grade="mid", band="14-20", match=90, level="mid", premium=["leadership=85"]
        )
        assert answer["recommended"] == [18, 20]

    def test_a_family_may_have_constants_of_its_own(self) -> None:
        families = {"sales": PaySettings(prior_raise=0.1)}
        arguments: dict[str, Any] = {"grade": "mid", "band": "10-13", "match": 85, "prior_pay": 10.2, "policy": "cn"}
        assert salary_command(family="sales", families=families, **arguments)["point"] == 11.22
        assert salary_command(family="technical", families=families, **arguments)["point"] == 11.73

    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            ({"band": None}, "either --band"),
            ({"bands": "mid=10-13"}, "either --band"),
            ({"family": " "}, "family"),
            ({"grade": "P5"}, "“P5” is not a grade"),
            ({"level": "expert"}, "not a grade"),
            ({"premium": ["leadership"]}, "KEY=SCORE"),
            ({"premium": ["leadership=high"]}, "KEY=SCORE"),
            ({"premium": ["=88"]}, "KEY=SCORE"),
            ({"premium": ["leadership=nan"]}, "0 to 100"),
            ({"band": "13-10"}, "lower end first"),
        ],
    )
    def test_arguments_that_cannot_be_used_get_one_clear_sentence(self, wrong: dict[str, Any], complaint: str) -> None:
        arguments: dict[str, Any] = {"family": "sales", "grade": "mid", "band": "10-13", "match": 85, "level": "mid"}
        with pytest.raises(PayInputInvalid, match=complaint):
            salary_command(**(arguments | wrong))

    def test_an_unknown_policy_is_refused(self) -> None:
        with pytest.raises(PolicyUnknown, match="choose one of"):
            salary_command(family="sales", grade="mid", band="10-13", policy="mars")

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_the_reasons_come_in_both_languages(self, language: Language) -> None:
        answer = salary_command(family="sales", grade="mid", band="10-13", match=85, level="mid", language=language)
        chinese = [any("一" <= char <= "鿿" for char in line.replace("劳动合同法", "")) for line in answer["reasons"]]
        assert all(chinese) if language == "zh" else not any(chinese)
