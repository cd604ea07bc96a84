"""Character n-grams of a message: the exact wording, beside the meaning that the embedding gives."""

from __future__ import annotations

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


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class CharacterNgrams(SparseFeaturizer, GraphComponent):
    """Adds hashed n-grams of 1 to 4 characters inside words, as a vector of length 1.

    Hashing needs no vocabulary, hence nothing to store. Rasa's CountVectorsFeaturizer gives raw counts, whose
    size would drown an embedding of length 1 in a regularised classifier.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._vectorizer = HashingVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), n_features=2**14, alternate_sign=False
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CharacterNgrams:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """The component has no settings."""

    def process(self, messages: list[Message]) -> list[Message]:
        self._count([message for message in messages if message.get(TEXT)])
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
