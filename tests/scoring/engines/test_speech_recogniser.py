from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import ModelSettings
from scoring.engines import speech_recogniser
from scoring.engines.packaged_whisper import NAME
from scoring.engines.speech_recogniser import RecogniserMissing, find_recogniser, load_recogniser
from scoring.engines.whisper import choose_language


def settings(**chosen: str) -> ModelSettings:
    return ModelSettings.model_validate({"recogniser": None, "recogniser_zh": None, **chosen})


def test_without_a_setting_the_packaged_recogniser_is_found() -> None:
    source = find_recogniser(settings())

    assert (source.engine, source.name) == ("whisper", NAME)
    assert (source.folder / "model.bin").exists()


def test_a_directory_of_ones_own_is_taken_for_what_it_is(tmp_path: Path) -> None:
    assert find_recogniser(settings(recogniser=str(tmp_path))).folder == tmp_path
    assert find_recogniser(settings(recogniser=f"whisper:{tmp_path}")).name == tmp_path.name


def test_chinese_may_have_a_recogniser_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    engines = {**speech_recogniser._ENGINES, "paraformer": lambda source, device: loaded.append((source, device))}
    monkeypatch.setattr(speech_recogniser, "_ENGINES", engines)
    chosen = settings(recogniser_zh=f"paraformer:{tmp_path}")

    load_recogniser(chosen, "zh")

    ((source, device),) = loaded
    assert (source.engine, source.folder, device) == ("paraformer", tmp_path, "cpu")
    assert find_recogniser(chosen, "en").name == NAME
    assert find_recogniser(chosen).name == NAME


@pytest.mark.parametrize("place", ["Systran/faster-whisper-large-v3", "/no/such/folder", "owner/never-fetched@abc123"])
def test_what_is_on_no_disk_of_ours_is_refused_with_what_to_do(place: str) -> None:
    with pytest.raises(RecogniserMissing, match=r"RECOGNISER"):
        find_recogniser(settings(recogniser=place))


def test_a_directory_without_a_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RecogniserMissing, match=r"unset it"):
        load_recogniser(settings(recogniser=str(tmp_path)))


def test_an_accent_does_not_make_english_chinese_and_english_words_are_not_translated() -> None:
    accented = {"en": 0.02, "zh": 0.97}
    assert choose_language(accented, "en", seconds=2.5) == "en"
    assert choose_language({"en": 0.1, "zh": 0.8}, "en", seconds=20) == "en"
    assert choose_language({"en": 0.0, "zh": 0.99}, "en", seconds=20) == "zh"
    assert choose_language({"en": 0.6, "zh": 0.1}, "zh", seconds=2.5) == "en"
    assert choose_language({"en": 0.05, "zh": 0.9}, "zh", seconds=2.5) == "zh"
