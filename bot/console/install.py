"""The recruiter's side of the app, put in by one call."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot.console import (
    account_access_pages,
    account_pages,
    api_docs,
    applicant_pages,
    ask_pages,
    audit_pages,
    board_pages,
    company_sign_in_pages,
    duplicate_pages,
    fact_pages,
    fairness_pages,
    feedback_pages,
    insight_pages,
    interview_pages,
    invitation_list_pages,
    outreach_pages,
    pay_approval_pages,
    policy_pages,
    pool_pages,
    position_pages,
    privacy_pages,
    program_api,
    question_pages,
    rating_pages,
    recording_pages,
    records_pages,
    retuning_pages,
    review_list_pages,
    review_pages,
    rights_pages,
    security_pages,
    sign_in_pages,
    talk_pages,
    walk_in_pages,
)
from bot.console.texts import PAGES
from bot.provider import api as provider_api


def install_console(app: FastAPI) -> None:
    """Add /console, /hr, /api (programs), /docs and /openapi.json. The app has `state.services` and no docs of its own.

    Routes under /api/chat belong to the web chat and are not touched.
    """
    pages = (
        sign_in_pages,
        company_sign_in_pages,
        security_pages,
        account_pages,
        audit_pages,
        privacy_pages,
        account_access_pages,
        interview_pages,
        recording_pages,
        records_pages,
    )
    people = (
        applicant_pages,
        duplicate_pages,
        invitation_list_pages,
        outreach_pages,
        walk_in_pages,
        pool_pages,
        talk_pages,
    )
    positions = (position_pages, fact_pages, retuning_pages, insight_pages, pay_approval_pages)
    # The fixed addresses of the lists come before those of single interviews.
    review = (review_list_pages, review_pages, rating_pages, feedback_pages, question_pages, rights_pages)
    insights = (ask_pages, board_pages, fairness_pages, policy_pages)
    for part in (*pages, *people, *positions, *review, *insights, program_api, provider_api, api_docs):
        app.include_router(part.router)
    app.mount("/console/static", StaticFiles(directory=PAGES / "static"), name="console-static")
