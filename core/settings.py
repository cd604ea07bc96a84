"""Every setting, typed, read once by the entry points (`bot/app.py`, `bot/worker.py`, `bot/cli.py`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import Rejected

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / ".env"


class _Group(BaseSettings):
    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", populate_by_name=True)

    data_dir: Path = Field(default=ROOT / "var", validation_alias="DATA_DIR")
    """Database files and logs; two instances on one machine need two."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """From outside a setting is known by its alias alone. Only programs name the field: else DATABASE_URL would
        set `RecordsSettings.database_url`, and USER the mail server's user."""
        for source in (env_settings, dotenv_settings):
            source.config = {**source.config, "validate_by_name": False, "populate_by_name": False}
        return init_settings, env_settings, dotenv_settings


def _in_data_dir(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda made: f"sqlite:///{made['data_dir']}/{name}"


class DatabaseSettings(_Group):
    url: str = Field(default_factory=_in_data_dir("mianshi.sqlite"), validation_alias="DATABASE_URL")
    tracker_url: str = Field(default_factory=_in_data_dir("rasa.sqlite"), validation_alias="RASA_TRACKER_URL")
    """Where Rasa keeps its trackers; the only database Rasa is told of."""
    dbos_url: str = Field(default_factory=_in_data_dir("dbos.sqlite"), validation_alias="DBOS_DATABASE_URL")
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")


class SecretSettings(_Group):
    master_key: SecretStr = Field(default=SecretStr(""), validation_alias="MASTER_KEY")
    session_key: SecretStr = Field(default=SecretStr(""), validation_alias="SESSION_KEY")


class WebSettings(_Group):
    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, validation_alias="PORT")
    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")

    @property
    def base_url(self) -> str:
        """What stands before `/i/<token>` in an invitation, without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """True where cookies may be marked Secure."""
        return self.base_url.startswith("https://")


class DialogueSettings(_Group):
    rasa_url: str = Field(default="http://127.0.0.1:5005", validation_alias="RASA_URL")
    rasa_token: SecretStr = Field(default=SecretStr(""), validation_alias="RASA_TOKEN")
    action_port: int = Field(default=5055, validation_alias="ACTION_PORT")
    action_secret: SecretStr = Field(default=SecretStr(""), validation_alias="ACTION_SECRET")


class RecordsSettings(_Group):
    port: int = Field(default=5066, validation_alias="RECORDS_PORT")
    url: str | None = Field(default=None, validation_alias="RECORDS_URL")
    token: SecretStr = Field(default=SecretStr(""), validation_alias="RECORDS_TOKEN")
    key: SecretStr = Field(default=SecretStr(""), validation_alias="RECORDS_KEY")
    database_url: str = Field(default_factory=_in_data_dir("records.sqlite"), validation_alias="RECORDS_DATABASE_URL")

    @property
    def base_url(self) -> str:
        return (self.url or f"http://127.0.0.1:{self.port}").rstrip("/")


class OdooSettings(_Group):
    """An Odoo 19 that results go to; without an address there is none."""

    url: str | None = Field(default=None, validation_alias="ODOO_URL")
    database: str | None = Field(default=None, validation_alias="ODOO_DATABASE")
    """Needed only where the server holds several."""
    key: SecretStr = Field(default=SecretStr(""), validation_alias="ODOO_KEY")
    """API key of the bridge's own user: recruiting, read and write."""
    pay_key: SecretStr = Field(default=SecretStr(""), validation_alias="ODOO_PAY_KEY")
    """Key of a second user who may read pay; without it no pay is read."""
    mapping: Path | None = Field(default=None, validation_alias="ODOO_MAPPING")
    """A YAML file in place of the packaged mapping (docs/odoo.md)."""
    webhook_secret: SecretStr = Field(default=SecretStr(""), validation_alias="ODOO_WEBHOOK_SECRET")
    """Stands in the address at which Odoo may wake us; without it there is none."""


class WebhookSettings(_Group):
    """A signed webhook that results go to; without an address there is none."""

    url: str | None = Field(default=None, validation_alias="WEBHOOK_URL")
    secret: SecretStr = Field(default=SecretStr(""), validation_alias="WEBHOOK_SECRET")
    """As Standard Webhooks writes it: `whsec_…`."""
    private_hosts: str = Field(default="", validation_alias="WEBHOOK_PRIVATE_HOSTS")
    """Host names, separated by commas, that may lie at private addresses; all others must be public."""


class ProviderSettings(_Group):
    """Callbacks to systems that order interviews here (docs/provider.md); without hosts there are none."""

    callback_hosts: str = Field(default="", validation_alias="PROVIDER_CALLBACK_HOSTS")
    """Host names, separated by commas, that may be called back; WEBHOOK_PRIVATE_HOSTS says which may be private."""
    callback_secret: SecretStr = Field(default=SecretStr(""), validation_alias="PROVIDER_CALLBACK_SECRET")
    """As Standard Webhooks writes it: `whsec_…`."""


class ExchangeSettings(_Group):
    """A folder through which an HR system without an API is served; without one there is none."""

    folder: Path | None = Field(default=None, validation_alias="HRMS_FOLDER")
    sftp: str | None = Field(default=None, validation_alias="HRMS_SFTP")
    """`sftp://user@host[:port]/folder`, where the folder is carried to and from."""
    sftp_key: Path | None = Field(default=None, validation_alias="HRMS_SFTP_KEY")
    sftp_password: SecretStr = Field(default=SecretStr(""), validation_alias="HRMS_SFTP_PASSWORD")
    sftp_known_hosts: Path | None = Field(default=None, validation_alias="HRMS_SFTP_KNOWN_HOSTS")
    """As OpenSSH writes it; a server whose key is not in it is not spoken to."""


class ModelSettings(_Group):
    encoder: str | None = Field(default=None, validation_alias="ENCODER")
    """A local directory or a hub name; without it the packaged default is used."""
    encoder_revision: str | None = Field(default=None, validation_alias="ENCODER_REVISION")
    recogniser: str | None = Field(default=None, validation_alias="RECOGNISER")
    """`[engine:]place` of a speech recogniser, place being a local directory or owner/name@revision of the hub's
    cache; without it the packaged default is used."""
    recogniser_zh: str | None = Field(default=None, validation_alias="RECOGNISER_ZH")
    """The same for interviews in Chinese alone."""
    recogniser_device: Literal["cpu", "cuda"] = Field(default="cpu", validation_alias="RECOGNISER_DEVICE")


class LanguageModelSettings(_Group):
    """An OpenAI-compatible endpoint. It is used only where a position turns it on (docs/llm.md)."""

    base_url: str = Field(default="https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")
    api_key: SecretStr = Field(default=SecretStr(""), validation_alias="OPENAI_API_KEY")
    model: str | None = Field(default=None, validation_alias="LLM_MODEL")
    """The model's name at the endpoint; without it there is no language model."""
    legal_basis: str | None = Field(default=None, validation_alias="LLM_LEGAL_BASIS")
    """On what basis answers may go to an endpoint outside the house, in words: who decided, when, under what."""
    for_recruiters: bool = Field(default=False, validation_alias="LLM_FOR_RECRUITERS")
    """Let the model choose what a recruiter's question asks for; it sees the question without names, no records."""


class TelegramSettings(_Group):
    """The Telegram bot; without a token there is none."""

    token: SecretStr = Field(default=SecretStr(""), validation_alias="TELEGRAM_BOT_TOKEN")
    """As @BotFather gives it: `<bot id>:<secret>`."""
    api_base: str = Field(default="https://api.telegram.org", validation_alias="TELEGRAM_API_BASE")
    """Or the address of a Bot API server of one's own."""
    webhook_url: str | None = Field(default=None, validation_alias="TELEGRAM_WEBHOOK_URL")
    """The public https address that leads to `/telegram/webhook` here; without it we ask for updates ourselves."""
    webhook_secret: SecretStr = Field(default=SecretStr(""), validation_alias="TELEGRAM_WEBHOOK_SECRET")
    """What Telegram has to show at the webhook; without it one is derived from SESSION_KEY."""

    @property
    def is_on(self) -> bool:
        return bool(self.token.get_secret_value())

    @property
    def bot_id(self) -> int:
        """The number before the colon. Rejected when the token is no token."""
        number, colon, secret = self.token.get_secret_value().partition(":")
        if not (number.isascii() and number.isdigit() and colon and secret):
            raise Rejected("TELEGRAM_BOT_TOKEN is not a bot token: copy it from @BotFather, as 123456789:ABC…")
        return int(number)


class VoiceSettings(_Group):
    """Spoken answers. Off, candidates type; text and voice count the same."""

    enabled: bool = Field(default=True, validation_alias="VOICE")
    at_once: Annotated[int, Field(ge=1, le=8)] = Field(default=1, validation_alias="VOICE_AT_ONCE")
    """Recordings that one worker hears at the same time; each takes a core for about an eighth of its length."""


class SpeechSettings(_Group):
    """Questions read aloud, by an OpenAI-compatible endpoint; without a model there is no such button."""

    base_url: str = Field(default="http://127.0.0.1:8880/v1", validation_alias="SPEECH_BASE_URL")
    api_key: SecretStr = Field(default=SecretStr(""), validation_alias="SPEECH_API_KEY")
    model: str | None = Field(default=None, validation_alias="SPEECH_MODEL")
    """The model's name at the endpoint."""
    voice_zh: str | None = Field(default=None, validation_alias="SPEECH_VOICE_ZH")
    voice_en: str | None = Field(default=None, validation_alias="SPEECH_VOICE_EN")
    """Voices by their names at the endpoint; a language without one is not read aloud."""


class MailSettings(_Group):
    """The mail server that letters to candidates go through; without one no mail is sent (docs/outreach.md)."""

    host: str | None = Field(default=None, validation_alias="SMTP_HOST")
    port: int | None = Field(default=None, validation_alias="SMTP_PORT")
    """Without it 587 for starttls, 465 for tls, 25 for none."""
    tls: Literal["starttls", "tls", "none"] = Field(default="starttls", validation_alias="SMTP_TLS")
    user: str | None = Field(default=None, validation_alias="SMTP_USER")
    password: SecretStr = Field(default=SecretStr(""), validation_alias="SMTP_PASSWORD")
    sender: str = Field(default="", validation_alias="SMTP_FROM")
    """The address that letters come from, with a name if wanted: `Acme <jobs@example.com>`."""

    @property
    def server_port(self) -> int:
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.tls]


class ReturnedMailSettings(_Group):
    """The mailbox to which undeliverable letters come back; without one none is read (docs/outreach.md)."""

    host: str | None = Field(default=None, validation_alias="IMAP_HOST")
    port: int | None = Field(default=None, validation_alias="IMAP_PORT")
    """Without it 993 for tls, 143 for none."""
    tls: Literal["tls", "none"] = Field(default="tls", validation_alias="IMAP_TLS")
    user: str = Field(default="", validation_alias="IMAP_USER")
    password: SecretStr = Field(default=SecretStr(""), validation_alias="IMAP_PASSWORD")
    folder: str = Field(default="INBOX", validation_alias="IMAP_FOLDER")

    @property
    def server_port(self) -> int:
        return self.port or (993 if self.tls == "tls" else 143)


class SmsSettings(_Group):
    """The gateway that texts to candidates go through; without one none are sent (docs/outreach.md)."""

    gateway: Literal["webhook", "twilio", "aliyun"] = Field(default="webhook", validation_alias="SMS_GATEWAY")
    url: str | None = Field(default=None, validation_alias="SMS_URL")
    """Where `webhook` posts to; for Twilio and Aliyun the address of its interface, where it is not the usual one."""
    key: str = Field(default="", validation_alias="SMS_KEY")
    """Account SID of Twilio, AccessKey id of Aliyun; `webhook` has none."""
    secret: SecretStr = Field(default=SecretStr(""), validation_alias="SMS_SECRET")
    """Of `webhook` as Standard Webhooks writes it: `whsec_…`."""
    sender: str = Field(default="", validation_alias="SMS_FROM")
    """Twilio: the number that texts come from."""
    templates: str = Field(default="", validation_alias="SMS_TEMPLATES")
    """Aliyun: which approved template is which letter, `invitation.zh=SMS_1, invitation.en=SMS_2`."""
    signature: str = Field(default="", max_length=12, validation_alias="SMS_SIGNATURE")
    """What stands in 【】 before every text; without it COMPANY_NAME."""

    @property
    def is_on(self) -> bool:
        return bool(self.url) if self.gateway == "webhook" else bool(self.key)


class SignInSettings(_Group):
    """How people come into the console, beside name and password (docs/accounts.md)."""

    second_factor_roles: str = Field(default="", validation_alias="SECOND_FACTOR_ROLES")
    """Roles that must have a second factor, with commas between them."""
    oidc_issuer: str | None = Field(default=None, validation_alias="OIDC_ISSUER")
    """The company's sign-in service (OpenID Connect); without it there is none."""
    oidc_client_id: str = Field(default="", validation_alias="OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), validation_alias="OIDC_CLIENT_SECRET")

    @property
    def factor_roles(self) -> frozenset[str]:
        return frozenset(role.strip() for role in self.second_factor_roles.split(",") if role.strip())


class RobotSettings(_Group):
    """The robot of the recruiters' group chat, told what waits; without an address there is none."""

    url: str | None = Field(default=None, validation_alias="ROBOT_URL")
    """The webhook as the group's settings show it; its host alone is called."""
    kind: Literal["generic", "feishu", "dingtalk", "wecom"] = Field(default="generic", validation_alias="ROBOT_KIND")


class HouseSettings(_Group):
    company: str = Field(default="", max_length=60, validation_alias="COMPANY_NAME")
    """The company as candidates know it."""


class CostSettings(_Group):
    """What things cost the house, for the board; without a price nothing is guessed (docs/board.md)."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(default="CNY", validation_alias="COST_CURRENCY")
    review_minute: Annotated[float, Field(ge=0)] | None = Field(default=None, validation_alias="COST_REVIEW_MINUTE")
    sms: Annotated[float, Field(ge=0)] | None = Field(default=None, validation_alias="COST_SMS")
    interview: Annotated[float, Field(ge=0)] | None = Field(default=None, validation_alias="COST_INTERVIEW")
    """Of one finished interview: machines and electricity."""
    channels: str = Field(default="", validation_alias="COST_CHANNELS")
    """Per person invited, or with /hire per person hired: `内推=800/hire, 招聘网站=12`."""


def _backup_keys(made: dict[str, Any]) -> Path:
    return Path(made["data_dir"]) / "backup-keys.sqlite"


class PrivacySettings(_Group):
    """Backups, whose keys lie apart from them (docs/privacy.md)."""

    backup_keys: Path = Field(default_factory=_backup_keys, validation_alias="BACKUP_KEYS")
    """The one file that opens all backups: what is erased is erased from it, and so from every backup."""
    backups_kept_days: int = Field(default=30, ge=1, validation_alias="BACKUPS_KEPT_DAYS")
    """After so many days you delete a backup; certificates of erasure name the day."""


class Settings:
    """All groups. Building it reads `.env` and the environment once."""

    def __init__(self) -> None:
        self.database = DatabaseSettings()
        self.secrets = SecretSettings()
        self.privacy = PrivacySettings()
        self.web = WebSettings()
        self.dialogue = DialogueSettings()
        self.records = RecordsSettings()
        self.odoo = OdooSettings()
        self.webhook = WebhookSettings()
        self.provider = ProviderSettings()
        self.exchange = ExchangeSettings()
        self.models = ModelSettings()
        self.language_model = LanguageModelSettings()
        self.voice = VoiceSettings()
        self.speech = SpeechSettings()
        self.telegram = TelegramSettings()
        self.mail = MailSettings()
        self.returned_mail = ReturnedMailSettings()
        self.sms = SmsSettings()
        self.robot = RobotSettings()
        self.house = HouseSettings()
        self.cost = CostSettings()
        self.sign_in = SignInSettings()

    @property
    def data_dir(self) -> Path:
        return self.database.data_dir

    @property
    def connectors(self) -> tuple[str, ...]:
        """Which HR systems hear of results: the embedded records always, and each that is set up."""
        asked = {
            "odoo": self.odoo.url,
            "webhook": self.webhook.url,
            "files": self.exchange.folder,
            "provider": self.provider.callback_hosts,
        }
        return ("records", *(name for name, place in asked.items() if place))

    def require_secrets(self) -> None:
        """Raise Rejected with one sentence when `make setup` has not made the secrets yet."""
        needed = {
            "MASTER_KEY": self.secrets.master_key,
            "SESSION_KEY": self.secrets.session_key,
            "RASA_TOKEN": self.dialogue.rasa_token,
            "ACTION_SECRET": self.dialogue.action_secret,
            "RECORDS_TOKEN": self.records.token,
            "RECORDS_KEY": self.records.key,
        }
        missing = [name for name, value in needed.items() if not value.get_secret_value()]
        if missing:
            raise Rejected(f"{', '.join(missing)} not set: run `make setup`, which writes them to .env")


@cache
def load_settings() -> Settings:
    return Settings()
