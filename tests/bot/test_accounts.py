from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from bot.accounts import (
    SESSION_LASTS,
    LastAdmin,
    NameTaken,
    PasswordTooShort,
    RoleUnknown,
    SignInRefused,
    TooManyTries,
    account_of_api_token,
    account_of_session,
    change_password,
    create_api_token,
    create_user,
    csrf_holds,
    csrf_token,
    ensure_first_admin,
    reset_password,
    revoke_api_token,
    set_disabled,
    sign_in,
    sign_out,
)
from core.clock import hands_restored, turn_forward
from core.database import Database
from core.tables import ApiToken, AuditEntry, User, UserSession

KEY = "session key of the tests"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/accounts.sqlite")
    SQLModel.metadata.create_all(database.engine)
    with hands_restored():
        yield database
    database.close()


def enter(database: Database, password: str, name: str = "li", address: str = "10.0.0.1") -> str:
    return sign_in(database, name, password, address, KEY)


def user_id(database: Database, name: str = "li") -> str:
    with database.reading() as session:
        return session.exec(select(User).where(User.name == name)).one().id


def test_the_first_admin_is_made_once_and_their_password_works(database: Database) -> None:
    password = ensure_first_admin(database)
    assert password is not None
    assert ensure_first_admin(database) is None
    account = account_of_session(database, enter(database, password, "admin"))
    assert account is not None
    assert account.role == "admin"


def test_passwords_are_argon2id_and_tokens_are_stored_as_hashes_only(database: Database) -> None:
    password = create_user(database, "li", "recruiter")
    token, bearer = enter(database, password), create_api_token(database, "recruiter", "ats")
    with database.reading() as session:
        assert session.exec(select(User)).one().password_hash.startswith("$argon2id$")
        stored = [session.exec(select(UserSession)).one().token_hash, session.exec(select(ApiToken)).one().token_hash]
    assert token not in stored
    assert bearer not in stored


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(database: Database) -> None:
    create_user(database, "li", "recruiter")
    with pytest.raises(SignInRefused) as wrong:
        enter(database, "wrong")
    with pytest.raises(SignInRefused) as unknown:
        enter(database, "wrong", "nobody")
    assert str(wrong.value) == str(unknown.value)


def test_five_failures_close_the_door_to_that_name_and_address_for_a_quarter_of_an_hour(database: Database) -> None:
    password = create_user(database, "li", "recruiter")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            enter(database, "wrong")
    with pytest.raises(TooManyTries):
        enter(database, password)
    assert enter(database, password, address="10.0.0.2")
    turn_forward(timedelta(minutes=15, seconds=1))
    assert enter(database, password)


def test_one_address_cannot_try_many_names(database: Database) -> None:
    for number in range(20):
        with pytest.raises(SignInRefused):
            enter(database, "wrong", f"name{number}")
    with pytest.raises(TooManyTries):
        enter(database, "wrong", "another")


def test_failed_names_and_addresses_are_kept_as_keyed_hashes(database: Database) -> None:
    with pytest.raises(SignInRefused):
        enter(database, "wrong", "my-password-typed-as-name")
    with database.reading() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert "my-password" not in entry.subject
    assert "10.0.0.1" not in entry.actor


def test_a_session_ends_after_twelve_hours(database: Database) -> None:
    token = enter(database, create_user(database, "li", "recruiter"))
    turn_forward(SESSION_LASTS - timedelta(minutes=1))
    assert account_of_session(database, token) is not None
    turn_forward(timedelta(minutes=2))
    assert account_of_session(database, token) is None


def test_a_signed_out_session_is_gone(database: Database) -> None:
    token = enter(database, create_user(database, "li", "recruiter"))
    sign_out(database, token)
    assert account_of_session(database, token) is None


def test_closing_an_account_ends_its_sessions_and_keeps_it_out(database: Database) -> None:
    password = create_user(database, "li", "recruiter")
    token = enter(database, password)
    set_disabled(database, user_id(database), True)
    assert account_of_session(database, token) is None
    with pytest.raises(SignInRefused):
        enter(database, password)
    set_disabled(database, user_id(database), False)
    assert enter(database, password)


def test_the_last_admin_cannot_be_closed(database: Database) -> None:
    create_user(database, "li", "admin")
    with pytest.raises(LastAdmin):
        set_disabled(database, user_id(database), True)
    create_user(database, "han", "admin")
    set_disabled(database, user_id(database), True)


def test_a_changed_password_replaces_the_old_one_and_ends_all_sessions(database: Database) -> None:
    password = create_user(database, "li", "recruiter")
    token = enter(database, password)
    with pytest.raises(SignInRefused):
        change_password(database, user_id(database), "wrong", "a long enough one")
    with pytest.raises(PasswordTooShort):
        change_password(database, user_id(database), password, "short")
    change_password(database, user_id(database), password, "a long enough one")
    assert account_of_session(database, token) is None
    with pytest.raises(SignInRefused):
        enter(database, password)
    assert enter(database, "a long enough one")


def test_a_reset_password_is_a_new_one(database: Database) -> None:
    old = create_user(database, "li", "recruiter")
    new = reset_password(database, user_id(database))
    assert new != old
    assert enter(database, new)


def test_a_name_is_given_once_and_a_role_must_exist(database: Database) -> None:
    create_user(database, "li", "recruiter")
    with pytest.raises(NameTaken):
        create_user(database, " li ", "hr")
    with pytest.raises(RoleUnknown):
        create_user(database, "han", "owner")


def test_a_revoked_bearer_token_opens_nothing(database: Database) -> None:
    token = create_api_token(database, "recruiter", "ats")
    account = account_of_api_token(database, token)
    assert account is not None
    assert account.role == "recruiter"
    assert not account.is_person
    revoke_api_token(database, account.id.removeprefix("token:"))
    assert account_of_api_token(database, token) is None
    assert account_of_api_token(database, "mianshi_guess") is None


def test_a_form_token_holds_for_its_session_alone() -> None:
    token = csrf_token(KEY, "session one")
    assert csrf_holds(KEY, "session one", token)
    assert not csrf_holds(KEY, "session two", token)
    assert not csrf_holds("another key", "session one", token)
    assert not csrf_holds(KEY, "session one", "ü")
