//! Which leases a correction says something new of are held against what lies on the asset (L12).

use super::*;
use crate::{loss::facts::RestrictionFacts, register::codes::RestrictionKind};

/// The firm has the management of what is disputed, by what a correction says of it.
fn disputed(made: GrantMade, in_place_of: Option<PartyFacts>) -> RegistrationFacts {
    let claims = [claim(RightKind::Ownership, east(), "1"), claim(RightKind::Management, firm(), "1")];
    let grants = vec![Granting {
        claim_number: 1,
        claim: claims[1],
        term: Some(over("2026-07-01", "2031-07-01")),
        rent: Some(vec![]),
        others: vec![],
        made,
        in_place_of: in_place_of.map(|it| it.id),
    }];
    let dispute = RestrictionFacts {
        kind: RestrictionKind::Dispute,
        holder: west().id,
        period: since("2025-01-01"),
        consent: None,
    };
    RegistrationFacts {
        grants,
        standing: claims.to_vec(),
        restrictions: vec![dispute],
        ..registered(&claims)
    }
}

#[test]
fn what_is_let_anew_or_for_longer_is_asked_of_whoever_disputes_it() {
    let asked = [escalates("let_to_another_under_restriction", json!({"holder_id": west().id}))];
    check(RuleId::L12, disputed(GrantMade::Lengthened, None), &asked);
    check(RuleId::L12, disputed(GrantMade::ByTransfer, Some(household())), &asked);
    for made in [GrantMade::ByTransfer, GrantMade::Lately, GrantMade::LongAgo] {
        leaves_alone(RuleId::L12, disputed(made, None));
    }
}
