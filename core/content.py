"""Content that people write: YAML files in which Chinese and English stand side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from core.errors import MianshiError

Language = Literal["zh", "en"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Content(BaseModel):
    """Base of everything read from a content file: frozen, and a field nobody knows is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phrase(Content):
    """The same thing said to a Chinese and to an English reader; neither is a translation of the other."""

    zh: Words
    en: Words

    def text(self, language: Language) -> str:
        """Return the words in `language`."""
        return self.zh if language == "zh" else self.en


C = TypeVar("C", bound=Content)


class _Loader(yaml.SafeLoader):
    """YAML takes the last of two values for one key without a word; here that is a fault."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen and key_node.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, f"“{key}” stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> Any:
    """What a YAML text says. Raises yaml.YAMLError, also where one key stands twice: which of them holds?"""
    return yaml.load(text, _Loader)  # a SafeLoader


def check_content(source: str, data: object, model: type[C], fault: Callable[[str], MianshiError]) -> C:
    """Return `data` as `model`, or raise `fault(sentence)`: one sentence with `source`, the first field and why."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise fault(f"{source} cannot be used: {place + ': ' if place else ''}{why}.") from error


def read_content(file: Traversable, model: type[C], fault: Callable[[str], MianshiError]) -> C:
    """Read one YAML file as `model`.

    Raises:
        whatever `fault` makes of the sentence: the file is not UTF-8 or not YAML, or a field is wrong.
    """
    try:
        data = read_yaml(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise fault(f"{file.name} cannot be used: it is not YAML: {' '.join(str(error).split())}.") from error
    return check_content(file.name, data, model, fault)
