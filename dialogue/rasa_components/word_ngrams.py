"""Word n-grams of a message: its exact wording and word order, beside the meaning that the embedding gives."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import HashingVectorizer

from dialogue.rasa_components.spoken import is_spoken


def list_ngrams(text: str) -> list[str]:
    """Every run of one to three words; a Chinese character is a word, and so are the start and the end.

    The ends tell "等一下" from "我让他等一下再走".
    """
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    words = ["^", *re.findall(r"[a-z0-9']+|[^\sa-z0-9]", text), "$"]
    return [" ".join(words[start : start + n]) for n in (1, 2, 3) for start in range(len(words) - n + 1)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class WordNgrams(SparseFeaturizer, GraphComponent):
    """Adds hashed word n-grams as a vector of length 1; hashing needs no vocabulary, hence nothing to store."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._vectorizer = HashingVectorizer(analyzer=list_ngrams, n_features=2**15, alternate_sign=False)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WordNgrams:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """The component has no settings."""

    def process(self, messages: list[Message]) -> list[Message]:
        self._count([message for message in messages if is_spoken(message)])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._count([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def _count(self, messages: list[Message]) -> None:
        if not messages:
            return
        rows = self._vectorizer.transform([message.get(TEXT) for message in messages])
        for message, row in zip(messages, rows, strict=True):
            tokens = len(message.get(TOKENS_NAMES[TEXT]) or [1])
            self.add_features_to_message(scipy.sparse.vstack([row] * tokens).tocoo(), row.tocoo(), TEXT, message)
