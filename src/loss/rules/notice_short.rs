//! L16: an act was not made public, or not for long enough, or only once it worked.
//!
//! A notice that the registry posts hangs for its days by itself: what is looked at is a notice that hung on paper, and what is
//! entered long after its day without one. The former blocks where it was too short, where it hung before there was anything to make
//! public, and where its photograph shows something else; otherwise it is told, since the registry knows of it by that photograph
//! alone. The latter cannot be made good any more: whoever approves is told.

use chrono::NaiveDate;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    cases::notices::{DayCount, NoticeDays},
    loss::facts::{NoticeFacts, PaperNoticeFacts, Shown},
};

pub(super) const L16: Rule = Rule {
    id: RuleId::L16,
    name: bilingual("公示缺失或者不足期", "Public notice missing or too short"),
    basis: "《国务院办公厅转发国家乡村振兴局、中央农办、财政部关于加强扶贫项目资产后续管理指导意见的通知》（国办函〔2021〕51号）；《浙江省农村集体资产管理条例》第三十七条",
    severity: Severity::Block,
    parameters: &["notice_day_count", "notice_days", "rest_days"],
    checks: &[Check::Notice(notice)],
    causes: &[
        NOTICE_SHORT,
        NOTICE_AFTER_EFFECT,
        NOTICE_BEFORE_ACQUISITION,
        NOTICE_BEFORE_DECISION,
        PHOTOGRAPH_OF_MINUTES,
        PHOTOGRAPH_OF_OTHER_DAYS,
        NOTICE_MISSING,
        NOTICE_ON_PAPER,
    ],
};

const NOTICE_SHORT: Cause = Cause {
    code: "notice_short",
    severity: None,
    sentence: bilingual(
        "纸质公示自{opened_on}张贴、于{closed_on}撤下，公示{posted_days}，不足政策规定的{needed_days}，最早应于{due_on}撤下",
        "the notice on paper was posted on {opened_on} and came down on {closed_on}: it hung for {posted_days} and has to hang for \
         {needed_days}, so that it comes down on {due_on} at the earliest",
    ),
    cure: bilingual(
        "请核对起止日期；确实不足的，在本登记系统公示（`start_notice`）",
        "check the days; where they are right, have a notice hang here (`start_notice`)",
    ),
};

const NOTICE_AFTER_EFFECT: Cause = Cause {
    code: "notice_after_effect",
    severity: None,
    sentence: bilingual(
        "事项自{effective_on}起生效，纸质公示到{closed_on}才结束，补录的事项应当在生效之前公示完毕",
        "this works from {effective_on}, and its notice on paper hung until {closed_on}: what is entered late had to be made public \
         before it worked",
    ),
    cure: bilingual(
        "请核对日期；确实晚于生效的，在本登记系统公示（`start_notice`）",
        "check the days; where they are right, have a notice hang here (`start_notice`)",
    ),
};

const NOTICE_BEFORE_ACQUISITION: Cause = Cause {
    code: "notice_before_acquisition",
    severity: None,
    sentence: bilingual(
        "纸质公示自{opened_on}张贴，而资产于{acquired_on}才取得",
        "the notice on paper was posted on {opened_on}, and what it is about was acquired on {acquired_on}",
    ),
    cure: bilingual(
        "请核对日期；确实早于取得的，在本登记系统公示（`start_notice`）",
        "check the days; where they are right, have a notice hang here (`start_notice`)",
    ),
};

const NOTICE_BEFORE_DECISION: Cause = Cause {
    code: "notice_before_decision",
    severity: None,
    sentence: bilingual(
        "纸质公示自{opened_on}张贴，而村集体于{decided_on}才作出决议，公示的不是该决议",
        "the notice on paper was posted on {opened_on}, and the village decided on {decided_on}: what it decided was not made public",
    ),
    cure: bilingual(
        "请核对日期，公示的是当时的决议的，附当时的决议（`decision`）；确实早于决议的，在本登记系统公示（`start_notice`）",
        "check the days; where what was posted is what the village decided then, attach that decision; where it is not, have a notice hang here \
         (`start_notice`)",
    ),
};

const PHOTOGRAPH_OF_MINUTES: Cause = Cause {
    code: "photograph_of_minutes",
    severity: None,
    sentence: bilingual(
        "公示照片{document_id}就是村集体决议的会议记录",
        "the photograph {document_id} of the notice is the minutes of what the village decided",
    ),
    cure: bilingual(
        "请上传公示现场照片（`POST /v1/documents`）；没有照片的，在本登记系统公示（`start_notice`）",
        "bring the photograph of the notice (`POST /v1/documents`), or have a notice hang here where there is none (`start_notice`)",
    ),
};

const PHOTOGRAPH_OF_OTHER_DAYS: Cause = Cause {
    code: "photograph_of_other_days",
    severity: None,
    sentence: bilingual(
        "公示照片{document_id}在案件{case_id}中是{other_opened_on}至{other_closed_on}公示的照片",
        "the photograph {document_id} is in case {case_id} that of a notice which hung from {other_opened_on} to \
         {other_closed_on}",
    ),
    cure: bilingual(
        "请核对日期，附错照片的请更换；没有照片的，在本登记系统公示（`start_notice`）",
        "check the days, or attach the right photograph; have a notice hang here where there is none (`start_notice`)",
    ),
};

const NOTICE_MISSING: Cause = Cause {
    code: "notice_missing",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "事项自{effective_on}起生效，政策要求公示{needed_days}，没有生效之前公示的记录",
        "this works from {effective_on}; the policy asks for a notice of {needed_days}, and none of before that day is on record",
    ),
    cure: bilingual(
        "请核实当时是否公示，并在批准意见中说明",
        "find out whether there was one, and say so when approving",
    ),
};

const NOTICE_ON_PAPER: Cause = Cause {
    code: "notice_on_paper",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "公示以纸质形式自{opened_on}张贴，于{closed_on}撤下，由乡镇事后登记，未在本登记系统公示",
        "the notice hung on paper from {opened_on}, came down on {closed_on}, and was recorded by the township afterwards: nothing hung here",
    ),
    cure: bilingual("请在批准之前核对公示照片", "look at the photograph of it before approving"),
};

fn notice(notice: &NoticeFacts, policy: &PolicyValues) -> Vec<Found> {
    let needed = policy.notice_days;
    let Some(on_paper) = &notice.on_paper else {
        return match notice.worked_from {
            Some(on) if needed > 0 => {
                vec![Found::of(NOTICE_MISSING).on("effective", on).days("needed", needed)]
            }
            _ => Vec::new(),
        };
    };
    let mut found = Vec::new();
    let PaperNoticeFacts { hung, acquired_on, decided_on, photograph, shows } = *on_paper;
    let (opened, closed) = (hung.from(), hung.to().unwrap_or(NaiveDate::MAX));
    let days = NoticeDays::of(opened, needed, policy.notice_day_count, &policy.rest_days);
    if closed < days.due_on {
        let first = match policy.notice_day_count {
            DayCount::AfterPosting => 1,
            DayCount::Inclusive => 0,
        };
        let posted = closed.signed_duration_since(opened).num_days().saturating_sub(first).max(0);
        let short = Found::of(NOTICE_SHORT).days("posted", posted).days("needed", needed);
        found.push(short.on("opened", opened).on("closed", closed).on("due", days.due_on));
    }
    if let Some(on) = notice.worked_from.filter(|on| closed > *on) {
        found.push(Found::of(NOTICE_AFTER_EFFECT).on("effective", on).on("closed", closed));
    }
    if let Some(on) = acquired_on.filter(|on| opened < *on) {
        found.push(Found::of(NOTICE_BEFORE_ACQUISITION).on("opened", opened).on("acquired", on));
    }
    if let Some(on) = decided_on.filter(|on| opened < *on) {
        found.push(Found::of(NOTICE_BEFORE_DECISION).on("opened", opened).on("decided", on));
    }
    let of = |cause| Found::of(cause).id("document", photograph);
    match shows {
        Shown::ItAlone => {}
        Shown::Minutes => found.push(of(PHOTOGRAPH_OF_MINUTES)),
        Shown::OfOtherDays { case, hung } => {
            let other = of(PHOTOGRAPH_OF_OTHER_DAYS).id("case", case).on("other_opened", hung.from());
            found.push(other.on("other_closed", hung.to().unwrap_or(NaiveDate::MAX)));
        }
    }
    if found.is_empty() {
        found.push(Found::of(NOTICE_ON_PAPER).on("opened", opened).on("closed", closed));
    }
    found
}
