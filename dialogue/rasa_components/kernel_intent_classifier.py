"""Kernel ridge regression over all intents: which trained phrasings is this message close to, in meaning and wording?"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dialogue.rasa_components.spoken import is_spoken

ANSWER = "answer"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KernelIntentClassifier(IntentClassifier, GraphComponent):
    """Ranks all intents, confidences adding up to 1.

    Kernel: exp(-gamma * |x - x'|^2), x being the dense and the sparse sentence vector side by side, each of length 1.
    Weights solve (K + ridge * I) A = Y with Y the intents one-hot (Saunders et al. 1998, dual ridge regression).
    P(command) = logistic(slope * (best command's value - value of "answer")); the commands share it by a softmax
    of the same slope. docs/decisions/0004-understanding.md tells how the settings were chosen.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"gamma": 0.4, "ridge": 0.1, "slope": 8.0}

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        self.name = name
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._dense = np.zeros((0, 0), dtype="float32")
        self._sparse = scipy.sparse.csr_matrix((0, 0), dtype="float32")
        self._weights = np.zeros((0, 0), dtype="float32")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KernelIntentClassifier:
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KernelIntentClassifier:
        classifier = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            classifier._sparse = scipy.sparse.load_npz(folder / "sparse.npz")
            stored = np.load(folder / "dense.npz", allow_pickle=False)
            classifier._dense, classifier._weights = stored["dense"], stored["weights"]
            classifier._intents = [str(intent) for intent in stored["intents"]]
        return classifier

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Any positive numbers will do."""

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        labels = np.array([example.get(INTENT) for example in examples])
        self._intents = sorted(set(labels))
        self._dense, self._sparse = _sentence_vectors(examples)
        kernel = self._similarity(self._dense, self._sparse)
        kernel[np.diag_indices_from(kernel)] += self._config["ridge"]
        one_hot = (labels[:, None] == np.array(self._intents)).astype("float32")
        self._weights = scipy.linalg.solve(kernel, one_hot, assume_a="pos", overwrite_a=True)
        with self._model_storage.write_to(self._resource) as folder:
            scipy.sparse.save_npz(folder / "sparse.npz", self._sparse)
            np.savez(folder / "dense.npz", dense=self._dense, weights=self._weights, intents=np.array(self._intents))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if is_spoken(message):
                ranking = self._rank(message)
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _similarity(self, dense: np.ndarray, sparse: scipy.sparse.csr_matrix) -> np.ndarray:
        # In place: with ten thousand examples each copy is 400 MB.
        exponent = dense @ self._dense.T
        exponent += (sparse @ self._sparse.T).toarray()
        exponent *= 2
        exponent -= _squared_lengths(dense, sparse)[:, None]
        exponent -= _squared_lengths(self._dense, self._sparse)[None]
        exponent *= self._config["gamma"]
        return np.exp(exponent, out=exponent)

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        similarity = self._similarity(*_sentence_vectors([message]))
        values = dict(zip(self._intents, (similarity @ self._weights)[0].tolist(), strict=True))
        answer = values.pop(ANSWER)
        best = max(values.values())
        command = 1 / (1 + np.exp(-self._config["slope"] * (best - answer)))
        shares = {intent: np.exp(self._config["slope"] * (value - best)) for intent, value in values.items()}
        confidences = {intent: command * share / sum(shares.values()) for intent, share in shares.items()}
        confidences[ANSWER] = 1 - command
        return [
            {"name": intent, "confidence": float(confidence)}
            for intent, confidence in sorted(confidences.items(), key=lambda item: -item[1])
        ]


def _sentence_vectors(messages: list[Message]) -> tuple[np.ndarray, scipy.sparse.csr_matrix]:
    dense = [message.get_dense_features(TEXT)[1].features for message in messages]
    sparse = [message.get_sparse_features(TEXT)[1].features for message in messages]
    return np.vstack(dense).astype("float32"), scipy.sparse.vstack(sparse).tocsr().astype("float32")


def _squared_lengths(dense: np.ndarray, sparse: scipy.sparse.csr_matrix) -> np.ndarray:
    return (dense**2).sum(1) + np.asarray(sparse.multiply(sparse).sum(1))[:, 0]
