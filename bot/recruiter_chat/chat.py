"""What a recruiter may ask the bot, and who may ask it: a question in, an answer from the records out, no channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlmodel import Session

from bot.accounts import Account, record
from bot.positions import newest_positions
from bot.recruiter_chat.answer import RecruiterAnswer, WhichOne
from bot.recruiter_chat.answers import NEED_ONE, TOOLS, Desk, say
from bot.recruiter_chat.intent import NONE, Encode, Intents
from bot.recruiter_chat.model_route import ModelRoute
from bot.recruiter_chat.records import Person, read_people
from bot.recruiter_chat.slots import Mention, Slots, language_of, people_by_prefix, position_keys, read_slots
from bot.scope import sees
from bot.services import Services
from bot.status import TITLES
from core.content import Language
from scoring.engines.reader import Reader

LONGEST: Final = 300
COMMANDS: Final = ("today", "summary", "compare", "pipeline", "pending", "help")
MOST_CHOICES: Final = 8


class RecruiterChat:
    """Answers from the records alone, each asker within what their pages show them."""

    def __init__(self, services: Services, intents: Intents, encode: Encode, model: ModelRoute | None = None) -> None:
        self._services, self._intents, self._encode, self._model = services, intents, encode, model

    def answer(self, question: str, asker: Account, chosen: Sequence[str] = ()) -> RecruiterAnswer:
        """Answer one question. `chosen` are interview ids that settle names which may mean several people.

        Raises AskingForbidden. Every interview that the answer tells of is in the audit log.
        """
        question = question.replace("\0", "").strip()[:LONGEST]
        with self._services.database.reading() as session:
            people = read_people(self._services, session, asker)
            titles = self._titles(session, people, asker)
        intent, slots = self._understood(question, people, titles, asker, chosen)
        with self._services.database.unit_of_work() as session:
            found = self._told(session, asker, people, titles, intent, slots, chosen)
            for interview_id in found.about:
                record(session, asker, "bot_answered", interview_id)
            if not found.about:
                record(session, asker, "bot_answered", intent)
        return found

    def understand(
        self, question: str, people: Sequence[Person], titles: Mapping[str, Mapping[str, str]], otherwise: Language
    ) -> tuple[str, Slots]:
        """The intent of a free question, by the phrases, and what it names."""
        slots = read_slots(question, people, titles, language_of(question, otherwise))
        if slots.is_outside:
            return NONE, slots
        return self._intents.of(slots).name, slots

    def _understood(
        self,
        question: str,
        people: Sequence[Person],
        titles: Mapping[str, Mapping[str, str]],
        asker: Account,
        chosen: Sequence[str],
    ) -> tuple[str, Slots]:
        otherwise: Language = "en" if asker.language == "en" else "zh"
        if question.startswith(("/", "／")):
            return self._command(question[1:], people, titles, otherwise, chosen)
        intent, slots = self.understand(question, people, titles, otherwise)
        if self._model is not None and not slots.is_outside:
            intent, slots = self._model.choose(slots) or (intent, slots)
        return intent, slots

    def _command(
        self,
        words: str,
        people: Sequence[Person],
        titles: Mapping[str, Mapping[str, str]],
        otherwise: Language,
        chosen: Sequence[str],
    ) -> tuple[str, Slots]:
        name, _, rest = words.strip().partition(" ")
        name, rest = name.partition("@")[0].lower(), rest.strip()
        language = language_of(rest, otherwise) if rest else otherwise
        # A name in Chinese does not make an English reader Chinese.
        slots = Slots(otherwise)
        if name == "pipeline":
            keys = position_keys(rest, titles)
            return name, replace(slots, positions=keys, unknown_position=rest if rest and not keys else None)
        if name == "summary":
            meant = people_by_prefix(rest, people) if rest else tuple(each for each in people if each.id in chosen)
            return name, replace(slots, mentions=(Mention(rest, meant),) if rest or meant else ())
        if name == "compare":
            mentions = read_slots(rest, people, titles, language).mentions
            if len(mentions) < 2:
                mentions = tuple(Mention(word, people_by_prefix(word, people)) for word in rest.split())
            return name, replace(slots, mentions=mentions)
        return (name if name in COMMANDS else "help"), slots

    def _told(
        self,
        session: Session,
        asker: Account,
        people: Sequence[Person],
        titles: Mapping[str, Mapping[str, str]],
        intent: str,
        slots: Slots,
        chosen: Sequence[str],
    ) -> RecruiterAnswer:
        if (refusal := _outside(slots)) is not None:
            return refusal
        named = []
        for mention in slots.mentions:
            settled = [person for person in mention.people if person.id in chosen] or list(mention.people)
            if not settled:
                return RecruiterAnswer(say(slots.language, "no_person_named", what=mention.said), is_known=False)
            if len(settled) > 1:
                return _which(slots.language, mention, settled)
            named.append(settled[0])
        desk = Desk(
            self._services,
            session,
            asker,
            people,
            titles,
            slots,
            tuple({person.id: person for person in named}.values()),
            self._encode,
        )
        if intent in NEED_ONE and not named:
            return RecruiterAnswer(desk.say("no_person"), is_known=False)
        if intent == "compare" and len(desk.named) < 2:
            return RecruiterAnswer(desk.say("compare_two"), is_known=False)
        return TOOLS[intent](desk)

    def _titles(self, session: Session, people: Sequence[Person], asker: Account) -> Mapping[str, Mapping[str, str]]:
        """The positions that the asker sees, and those that the asker's people are in."""
        found = {row.key: row.profile["title"] for row in newest_positions(session) if sees(asker, row.key)}
        return {
            **found,
            **{person.position_key: person.position_title for person in people if person.position_key not in found},
        }


def _outside(slots: Slots) -> RecruiterAnswer | None:
    """The answer to an order, or where something is asked about that is never kept or that we have none of."""
    if slots.order:
        return RecruiterAnswer(say(slots.language, "reads_only"), is_known=False)
    if slots.not_kept:
        return RecruiterAnswer(say(slots.language, "not_kept"), is_known=False)
    for key, what in (("no_position", slots.unknown_position), ("no_competency", slots.unknown_competency)):
        if what:
            return RecruiterAnswer(say(slots.language, key, what=what), is_known=False)
    return None


def _which(language: Language, mention: Mention, people: Sequence[Person]) -> RecruiterAnswer:
    if len(people) > MOST_CHOICES:
        return RecruiterAnswer(say(language, "too_many", what=mention.said, n=len(people)))
    choices = tuple(
        WhichOne(
            person.id,
            "，".join((who, TITLES[person.status][language], at))
            if language == "zh"
            else ", ".join((who, TITLES[person.status][language], at)),
        )
        for person in people
        for who in [say(language, "person", name=person.name, position=person.position_title[language])]
        for at in [person.invited_at.astimezone().strftime("%Y-%m-%d")]
    )
    return RecruiterAnswer(say(language, "which_one", what=mention.said, n=len(people)), choices=choices)


def open_recruiter_chat(services: Services, reader: Reader) -> RecruiterChat:
    """The chat on the encoder that this process has loaded, and the language model where one is set up."""
    settings = services.settings
    intents = Intents(reader.meaning_of, reader.embedder.source.name, settings.data_dir)
    model = ModelRoute(settings.language_model) if settings.language_model.for_recruiters else None
    return RecruiterChat(services, intents, reader.meaning_of, model)
