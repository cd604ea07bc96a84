"""What a fake Odoo 19 keeps and refuses, as far as a recruiting bridge can see it: the answers are those of the traces."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from itertools import count
from typing import Any

Json = dict[str, Any]
USER, USER_TZ = 5, timezone(timedelta(hours=8))
STAMP = "%Y-%m-%d %H:%M:%S"
RELATED = {
    "stage_id": "hr.recruitment.stage",
    "job_id": "hr.job",
    "partner_id": "res.partner",
    "applicant_id": "hr.applicant",
    "subtype_id": "mail.message.subtype",
    "author_id": "res.partner",
    "create_uid": "res.users",
    "template_id": "mail.template",
}
TYPES: dict[str, dict[str, str]] = {
    "hr.applicant": {
        "partner_name": "char",
        "email_from": "char",
        "partner_phone": "char",
        "job_id": "many2one",
        "stage_id": "many2one",
        "priority": "selection",
        "salary_proposed": "float",
        "salary_proposed_extra": "char",
        "salary_expected": "float",
        "applicant_properties": "properties",
        "active": "boolean",
        "partner_id": "many2one",
        "application_status": "selection",
        "date_last_stage_update": "datetime",
        "date_closed": "datetime",
        "availability": "date",
    },
    "hr.job": {"name": "char", "applicant_properties_definition": "properties_definition"},
    "hr.recruitment.stage": {
        "name": "char",
        "hired_stage": "boolean",
        "job_ids": "many2many",
        "template_id": "many2one",
        "sequence": "integer",
    },
    "ir.attachment": {
        "name": "char",
        "res_model": "char",
        "res_id": "many2one_reference",
        "datas": "binary",
        "mimetype": "char",
        "file_size": "integer",
        "checksum": "char",
    },
    "calendar.event": {"name": "char", "start": "datetime", "stop": "datetime", "applicant_id": "many2one"},
    "mail.message": {
        "model": "char",
        "res_id": "many2one_reference",
        "body": "html",
        "message_type": "selection",
        "subtype_id": "many2one",
        "date": "datetime",
    },
    "res.partner": {"name": "char", "email": "char"},
    "res.users": {"login": "char"},
    "hr.version": {"wage": "monetary", "employee_id": "many2one"},
}
DEFAULTS: dict[str, Json] = {
    "hr.applicant": {
        "partner_name": False,
        "email_from": False,
        "partner_phone": False,
        "job_id": False,
        "stage_id": 1,
        "priority": "0",
        "salary_proposed": 0.0,
        "salary_proposed_extra": False,
        "salary_expected": 0.0,
        "active": True,
        "partner_id": False,
        "application_status": "ongoing",
        "date_closed": False,
        "availability": False,
    },
    "hr.recruitment.stage": {"hired_stage": False, "job_ids": [], "template_id": False},
    "hr.job": {"applicant_properties_definition": []},
}


class OdooError(Exception):
    """An error as Odoo names it."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name = status, name


def missing(model: str, record_id: int) -> OdooError:
    text = f"Record does not exist or has been deleted.\n(Record: {model}({record_id},), User: {USER})"
    return OdooError(404, "odoo.exceptions.MissingError", text)


class Models:
    """The tables, and what reading and writing them does."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, Json]] = {model: {} for model in TYPES}
        self.external: dict[str, tuple[str, int]] = {"mail.mt_note": ("mail.message.subtype", 2)}
        self.values: dict[int, Json] = {}
        """Values of properties by applicant, which Odoo keeps apart from their definition."""
        self.forbidden_fields: set[tuple[str, str]] = set()
        self.forbidden_models: set[tuple[str, str]] = set()
        self.mails: list[str] = []
        self.ahead = timedelta()
        """How far the server's clock is ahead of ours."""
        self._numbers = count(1)
        self.rows["res.users"][USER] = {"id": USER, "login": "bridge"}
        for number, name in enumerate(("New", "Qualification", "First Interview", "Second Interview", "Offer"), 1):
            template = 21 if number in (1, 4) else False
            self.make("hr.recruitment.stage", {"id": number, "name": name, "sequence": number, "template_id": template})
        self.make("hr.recruitment.stage", {"id": 6, "name": "Contract Signed", "sequence": 6, "hired_stage": True})

    def make(self, model: str, values: Json) -> int:
        """A record, whoever makes it."""
        record_id = values.get("id") or next(self._numbers) + 100
        row = {"id": record_id, "create_uid": USER, **DEFAULTS.get(model, {}), **values}
        row["create_date"] = row["write_date"] = self.now()
        self.rows[model][record_id] = row
        if model == "hr.applicant":
            row["date_last_stage_update"] = self.now()
            self.values[record_id] = {}
            self._find_contact(row)
        if model == "ir.attachment":
            data = base64.b64decode(row.get("datas", ""))
            row["file_size"], row["checksum"] = len(data), hashlib.sha1(data, usedforsecurity=False).hexdigest()
        if model == "mail.message":
            row.setdefault("date", self.now())
            row["body"] = re.sub(r"<script.*?</script>", "", row["body"])
        return int(record_id)

    def now(self) -> str:
        return (datetime.now(UTC) + self.ahead).strftime(STAMP)

    def create(self, model: str, vals_list: list[Json]) -> list[int]:
        self._may(model, "create")
        for values in vals_list:
            self._check_values(model, values)
        return [self.make(model, dict(values)) for values in vals_list]

    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Json]:
        self._may(model, "read")
        for field in fields:
            self._check_field(model, field, "read")
        return [self._shown(model, self.rows[model][one], fields) for one in ids if one in self.rows[model]]

    def search(self, model: str, domain: list[Any], context: Json, order: str = "id asc") -> list[int]:
        hidden = model == "hr.applicant" and context.get("active_test", True)
        found = [
            row
            for row in self.rows[model].values()
            if all(_fits(row, *term) for term in domain) and not (hidden and not row["active"])
        ]
        for column, _, way in reversed([part.strip().partition(" ") for part in order.split(",")]):
            found.sort(key=lambda row, column=column: row.get(column) or 0, reverse=way == "desc")
        return [row["id"] for row in found]

    def write(self, model: str, ids: list[int], vals: Json, context: Json) -> bool:
        """True, even where `ids` is empty and nothing is done."""
        if not ids:
            return True
        self._may(model, "write")
        self._check_values(model, vals)
        for one in ids:
            if one not in self.rows[model]:
                raise missing(model, one)
        for one in ids:
            row = self.rows[model][one]
            for field, value in vals.items():
                if field == "applicant_properties":
                    self._write_properties(row, value)
                elif field == "stage_id":
                    self._move(row, value, context)
                else:
                    if field == "job_id" and value != row["job_id"]:
                        self.values[one] = {}
                    row[field] = value
            row["write_date"] = self.now()
        return True

    def unlink(self, model: str, ids: list[int]) -> bool:
        self._may(model, "unlink")
        for one in ids:
            if one not in self.rows[model]:
                raise missing(model, one)
            self._drop(model, one)
        return True

    def _drop(self, model: str, record_id: int) -> None:
        """A record, its external id, and the notes and files on it."""
        del self.rows[model][record_id]
        self.external = {name: to for name, to in self.external.items() if to != (model, record_id)}
        for child, named in (("ir.attachment", "res_model"), ("mail.message", "model")):
            on_it = [i for i, r in self.rows[child].items() if r.get(named) == model and r.get("res_id") == record_id]
            for one in on_it:
                self._drop(child, one)

    def load(self, model: str, fields: list[str], data: list[list[str]], context: Json) -> Json:
        """Upsert by external id. Whatever is wrong is told under 200, with `ids` false."""
        try:
            return {
                "ids": [self._load(model, dict(zip(fields, row, strict=True)), context) for row in data],
                "messages": [],
            }
        except OdooError as error:
            message = {"type": "error", "record": 0, "rows": {"from": 0, "to": 0}, "message": str(error)}
            if error.name.startswith("field:"):
                message["field"] = error.name.removeprefix("field:")
            return {"ids": False, "messages": [message], "nextrow": 0}

    def _load(self, model: str, row: Json, context: Json) -> int:
        name = row.pop("id")
        values: Json = {}
        for field, text in row.items():
            column, _, how = field.partition("/")
            kind = TYPES[model].get(column)
            if kind is None:
                raise OdooError(200, f"field:{column}", f"No such field '{column}'")
            if how == ".id":
                target = RELATED[column]
                if int(text) not in self.rows[target]:
                    raise OdooError(
                        200, f"field:{column}", f"No matching record found for database id '{text}' in field '{column}'"
                    )
                values[column] = int(text)
            elif how == "id":
                values[column] = self.external[text][1]
            elif kind == "datetime":
                zone = UTC if context.get("tz") == "UTC" else USER_TZ
                values[column] = datetime.strptime(text, STAMP).replace(tzinfo=zone).astimezone(UTC).strftime(STAMP)
            else:
                values[column] = int(text) if column == "res_id" else float(text) if kind == "float" else text
        known = self.external.get(name)
        if known is None:
            self._may(model, "create")
            self._check_values(model, values)
            made = self.make(model, values)
            if model == "hr.applicant" and not context.get("tracking_disable"):
                self.mails.append(f"acknowledgement to applicant {made}")
            if model == "calendar.event" and not context.get("no_mail_to_attendees"):
                self.mails.append(f"invitation for event {made}")
            self.external[name] = (model, made)
            return made
        if model == "mail.message":
            # As every sentence of Odoo's, this one comes in the caller's language.
            english = "Only administrators can modify 'model' and 'res_id' fields."
            raise OdooError(200, "", english if context.get("lang") == "en_US" else "只有管理员可以修改这些字段。")
        self.write(model, [known[1]], values, context)
        return known[1]

    def get_external_id(self, model: str, ids: list[int]) -> Json:
        """By id as text; empty where a record has none."""
        names = {to: name for name, to in self.external.items()}
        return {str(one): names.get((model, one), "") for one in ids}

    def fields_get(self, model: str, allfields: list[str] | None) -> Json:
        self._may(model, "read")
        return {
            field: {"type": kind, "string": field, "readonly": (model, f"{field}:write") in self.forbidden_fields}
            for field, kind in TYPES[model].items()
            if (allfields is None or field in allfields) and (model, field) not in self.forbidden_fields
        }

    def has_access(self, model: str, operation: str) -> bool:
        return (model, operation) not in self.forbidden_models

    def _shown(self, model: str, row: Json, fields: list[str]) -> Json:
        shown: Json = {"id": row["id"]}
        for field in fields:
            value = row.get(field, False)
            if field == "applicant_properties":
                value = self._properties(row)
            elif field in RELATED and value:
                value = [value, self.rows.get(RELATED[field], {}).get(value, {}).get("name", RELATED[field])]
            shown[field] = value
        return shown

    def _properties(self, row: Json) -> list[Json]:
        values = self.values[row["id"]]
        return [
            one | ({"value": values[one["name"]]} if one["name"] in values else {}) for one in self._definition(row)
        ]

    def _definition(self, row: Json) -> list[Json]:
        job = self.rows["hr.job"].get(row["job_id"])
        return job["applicant_properties_definition"] if job else []

    def _write_properties(self, row: Json, value: Json | list[Json]) -> None:
        if isinstance(value, list):
            value = {one["name"]: one.get("value", False) for one in value}
        names = {one["name"] for one in self._definition(row)}
        clean = set(value) <= names  # an unknown key clears them all, and nobody is told
        self.values[row["id"]] = {name: v for name, v in value.items() if v is not False} if clean else {}

    def _move(self, row: Json, stage: int, context: Json) -> None:
        if stage not in self.rows["hr.recruitment.stage"]:
            raise missing("hr.recruitment.stage", stage)
        if row["stage_id"] == stage:
            return
        row["stage_id"], row["date_last_stage_update"] = stage, self.now()
        new = self.rows["hr.recruitment.stage"][stage]
        row["application_status"] = "hired" if new["hired_stage"] else "ongoing"
        row["date_closed"] = self.now() if new["hired_stage"] else False
        if new["template_id"] and not context.get("mail_notrack"):
            self.mails.append(f"stage {stage} to applicant {row['id']}")

    def _find_contact(self, row: Json) -> None:
        if not row["email_from"]:
            return
        same = [one for one, contact in self.rows["res.partner"].items() if contact["email"] == row["email_from"]]
        values = {"name": row["partner_name"], "email": row["email_from"]}
        row["partner_id"] = same[0] if same else self.make("res.partner", values)

    def _may(self, model: str, operation: str) -> None:
        if (model, operation) in self.forbidden_models:
            text = f"You are not allowed to {operation} 'Something' ({model}) records.\n\nContact your administrator."
            raise OdooError(403, "odoo.exceptions.AccessError", text)

    def _check_field(self, model: str, field: str, operation: str) -> None:
        if field not in {"id", "create_uid", "create_date", "write_date", *TYPES[model]}:
            raise OdooError(500, "builtins.ValueError", f"Invalid field '{field}' on '{model}'")
        if (model, field) in self.forbidden_fields or (model, f"{field}:{operation}") in self.forbidden_fields:
            text = (
                f'You do not have enough rights to access the field "{field}" on Applicant ({model}). '
                f"Please contact your system administrator.\n\nOperation: {operation}\nUser: {USER}"
            )
            raise OdooError(403, "odoo.exceptions.AccessError", text)

    def _check_values(self, model: str, values: Json) -> None:
        for field, value in values.items():
            self._check_field(model, field, "write")
            if field == "priority" and value not in ("0", "1", "2", "3"):
                raise OdooError(500, "builtins.ValueError", f"Wrong value for hr.applicant.priority: {value!r}")


def _fits(row: Json, field: str, operator: str, value: Any) -> bool:
    there = row.get(field, False)
    if operator == "ilike":
        return isinstance(there, str) and escape(value).lower() in there.lower()
    if operator == "in":
        return there in value
    if operator in (">=", "<"):
        return isinstance(there, str) and (there >= value) == (operator == ">=")
    assert operator == "=", f"the fake knows no {operator}"
    return bool(there == value)
