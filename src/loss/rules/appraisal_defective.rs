//! L04: an appraisal by a party of the deal or somebody related to one, without enough signatures, without a report on the object of
//! the deal, or far below what stands in the books, which the county may find to be so.
//!
//! Signatures are counted on the appraisals that the law orders (资产评估法 arts. 3, 28), which are those of
//! ownership.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, in_books, money, raised, rate, share},
    former,
    ties::{along, gives_public, rests_on_appraisal},
};
use crate::{
    loss::facts::{AppraisalFacts, Consideration, LotFacts, RestatedFacts, TransferFacts},
    register::{
        codes::{PartyKind, RightKind, Sector},
        parties::ties::Web,
    },
};

pub(super) const L04: Rule = Rule {
    id: RuleId::L04,
    name: bilingual("评估报告存在缺陷", "Appraisal that cannot be relied upon"),
    basis: "《中华人民共和国资产评估法》第二十八条",
    severity: Severity::Block,
    parameters: &[
        "appraisal_signatures_min",
        "appraisal_books_floor_bp",
        "related_party_depth",
        "reclass_window_days",
        "exchange_required_above_fen",
    ],
    checks: &[Check::Transfer(defective)],
    causes: &[
        APPRAISER_IS_PARTY,
        APPRAISER_RELATED,
        APPRAISER_UNFIT,
        TOO_FEW_SIGNATURES,
        REPORT_MISSING,
        RETURN_UNREPORTED,
        APPRAISAL_FAR_BELOW_BOOKS,
        APPRAISAL_FAR_BELOW_FORMER_BOOKS,
    ],
};

const APPRAISER_IS_PARTY: Cause = Cause {
    code: "appraiser_is_party",
    severity: None,
    sentence: bilingual(
        "评估机构{appraiser_id}是交易当事人",
        "the appraiser {appraiser_id} is a party of the deal",
    ),
    cure: bilingual(
        "请另行委托与交易各方无关的评估机构",
        "have somebody appraise it who is no party of the deal",
    ),
};

const APPRAISER_RELATED: Cause = Cause {
    code: "appraiser_related",
    severity: None,
    sentence: bilingual(
        "评估机构{appraiser_id}与交易当事人{party_id}存在关联关系（{path}）",
        "the appraiser {appraiser_id} is related to {party_id}, a party of the deal ({path})",
    ),
    cure: bilingual(
        "请另行委托与交易各方无关的评估机构",
        "have somebody appraise it who is related to none of the parties",
    ),
};

const APPRAISER_UNFIT: Cause = Cause {
    code: "appraiser_unfit",
    severity: None,
    sentence: bilingual(
        "{appraiser_id}是个人、农户或者农村集体，不是评估机构",
        "{appraiser_id} is no appraisal firm but a person, a household or a village",
    ),
    cure: bilingual(
        "请委托依法设立的评估机构评估，并填写其为评估人（`appraiser_id`）",
        "have an appraisal firm appraise it, and name that (`appraiser_id`)",
    ),
};

const TOO_FEW_SIGNATURES: Cause = Cause {
    code: "too_few_signatures",
    severity: None,
    sentence: bilingual(
        "评估报告有{signatures}名评估师签名，至少应有{needed}名",
        "the appraisal bears {signatures} signatures of the {needed} it needs",
    ),
    cure: bilingual("请由至少{needed}名评估师在报告上签名", "have {needed} appraisers sign the report"),
};

const REPORT_MISSING: Cause = Cause {
    code: "report_missing",
    severity: None,
    sentence: bilingual(
        "评估结论{appraised_fen}未附针对该标的的评估报告",
        "there is no report on this object behind the appraisal of {appraised_fen}",
    ),
    cure: bilingual(
        "请以 `appraisal.document_id` 附针对该标的的评估报告",
        "attach the report on this object (`appraisal.document_id`)",
    ),
};

const RETURN_UNREPORTED: Cause = Cause {
    code: "return_unreported",
    severity: None,
    sentence: bilingual(
        "换入资产的评估价值{appraised_fen}未附评估报告",
        "there is no report behind the {appraised_fen} at which what comes back is appraised",
    ),
    cure: bilingual(
        "请以 `consideration.appraisal` 附换入资产的评估（机构、签名和报告）",
        "name the appraisal of what comes back, with its appraiser and its report (`consideration.appraisal`)",
    ),
};

const APPRAISAL_FAR_BELOW_BOOKS: Cause = Cause {
    code: "appraisal_far_below_books",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "评估价值{appraised_fen}低于账面净值{books_fen}的{books_floor_bp}（{floor_fen}）",
        "the appraisal of {appraised_fen} is below {floor_fen}, which is {books_floor_bp} of the {books_fen} in the books",
    ),
    cure: bilingual(
        "请附减值的证明材料并由县级说明理由，或者重新评估",
        "attach what shows why so much was lost, and the county says why it agrees; or have it appraised anew",
    ),
};

const APPRAISAL_FAR_BELOW_FORMER_BOOKS: Cause = Cause {
    code: "appraisal_far_below_former_books",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "评估价值{appraised_fen}低于更正登记以前的账面净值{books_fen}的{books_floor_bp}（{floor_fen}）；更正后账面净值为{lowered_fen}",
        "the appraisal of {appraised_fen} is below {floor_fen}, which is {books_floor_bp} of the {books_fen} that stood in the books before they were lowered to {lowered_fen}",
    ),
    cure: bilingual(
        "请附下调账面价值的依据并由县级说明理由，或者重新评估",
        "attach what the books were lowered by, and the county says why it agrees; or have it appraised anew",
    ),
};

fn defective(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if !rests_on_appraisal(deal, &Web::of(&deal.ties), policy) {
        return Vec::new();
    }
    let of_given = deal.appraisal.iter().flat_map(|it| of_one(deal, it, policy));
    let far_below = deal.appraisal.as_ref().and_then(|it| far_below_books(deal, it, policy));
    of_given.chain(far_below).chain(of_returned(deal, policy)).collect()
}

/// What comes back in a swap counts by its appraisal alone, which is as good as that of what is given.
fn of_returned(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    match &deal.consideration {
        Consideration::Swap { appraisal: Some(appraisal), .. } => of_one(deal, appraisal, policy),
        Consideration::Swap { appraised: Some(value), .. } => {
            vec![Found::of(RETURN_UNREPORTED).fen("appraised", value.get())]
        }
        _ => Vec::new(),
    }
}

fn of_one(deal: &TransferFacts, appraisal: &AppraisalFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut findings: Vec<_> = conflict(deal, appraisal, policy.related_party_depth).into_iter().collect();
    // Appraisers work in a firm, as partners or in a company (资产评估法 art. 15).
    let unfit = |kind: &PartyKind| kind.is_personal() || kind.sector() == Sector::Collective;
    if appraisal.appraiser_kind.as_ref().is_some_and(unfit) {
        findings.push(Found::of(APPRAISER_UNFIT).id("appraiser", appraisal.appraiser));
    }
    if deal.right == RightKind::Ownership && i64::from(appraisal.signatures) < policy.appraisal_signatures_min
    {
        let needed = u32::try_from(policy.appraisal_signatures_min).unwrap_or(u32::MAX);
        let finding = Found::of(TOO_FEW_SIGNATURES);
        findings.push(finding.count("signatures", appraisal.signatures).count("needed", needed));
    }
    if appraisal.document.is_none() {
        findings.push(Found::of(REPORT_MISSING).fen("appraised", appraisal.value.get()));
    }
    findings
}

/// An appraisal of what is given for good that is worth far more in the books, or was before those were lowered for it.
fn far_below_books(deal: &TransferFacts, appraisal: &AppraisalFacts, policy: &PolicyValues) -> Option<Found> {
    let web = Web::of(&deal.ties);
    if !deal.is_for_good() || !deal.lots.iter().any(|it| gives_public(&web, it)) {
        return None;
    }
    let books = in_books(deal.lots.iter());
    let former = deal.lots.iter().map(|it| before_lowered(deal, it, policy)).sum::<Exact>();
    let of = |cause: Cause, books: &Exact| {
        let floor = books * rate(policy.appraisal_books_floor_bp);
        (money(appraisal.value) < floor).then(|| {
            Found::of(cause)
                .fen("appraised", appraisal.value.get())
                .fen("books", floored(books))
                .fen("floor", raised(&floor))
                .bp("books_floor", policy.appraisal_books_floor_bp)
        })
    };
    let by_books = of(APPRAISAL_FAR_BELOW_BOOKS, &books);
    by_books.or_else(|| {
        let found = of(APPRAISAL_FAR_BELOW_FORMER_BOOKS, &former)?;
        Some(found.fen("lowered", floored(&books)))
    })
}

/// What of a lot stood in the books before they were lowered within the window; what a case under way would say is not yet so.
fn before_lowered(deal: &TransferFacts, lot: &LotFacts, policy: &PolicyValues) -> Exact {
    let lately = |it: &&RestatedFacts| {
        let ago = it.on.and_then(|on| deal.days_since(on));
        it.asset == lot.asset.id && ago.is_some_and(|it| it <= policy.reclass_window_days)
    };
    former::books(&lot.asset, deal.restated.iter().filter(lately)) * share(lot.share)
}

/// Whom the appraiser is too close to: that it is a party itself comes before that it is related to one.
fn conflict(deal: &TransferFacts, appraisal: &AppraisalFacts, depth: i64) -> Option<Found> {
    let mut parties: Vec<_> = deal.all_lots().flat_map(|it| [it.from.id, it.to.id]).collect();
    parties.sort_unstable();
    parties.dedup();
    let appraiser = appraisal.appraiser;
    if parties.contains(&appraiser) {
        return Some(Found::of(APPRAISER_IS_PARTY).id("appraiser", appraiser));
    }
    let web = Web::of(&deal.ties);
    parties.into_iter().find_map(|party| {
        let path = web.path(party, appraiser, depth)?;
        Some(along(&path, Found::of(APPRAISER_RELATED).id("appraiser", appraiser).id("party", party)))
    })
}
