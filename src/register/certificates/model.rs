//! What a certificate says. Pure.
//!
//! A certificate is signed to the letter, so that its form on the wire is its meaning: what is added later gets a form of
//! its own, and what was signed once is read for ever.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use tlog_tiles::Hash;
use utoipa::ToSchema;

use crate::{
    journal::{notes, tree},
    register::{
        assets::Asset,
        codes::{AssetClass, RestrictionKind},
        parties::masked,
        restrictions::Restriction,
        rights::NamedHolding,
    },
    values::{Fen, Id, RegionCode, Share, closed_enum, id::kind},
};

/// The kind of statement that a certificate is, as its signature names it (`typ`).
pub const CERTIFICATE: &str = "sanquan-certificate+jws";

/// The kind of statement in the code of a printed sheet.
pub const SHEET: &str = "sanquan-sheet+jws";

closed_enum! {
    /// The form of a certificate.
    pub enum CertificateForm {
        /// What the register says on the day of the issue.
        First = "registration_certificate_v1",
        /// What the register knew at an instant of a day.
        Second = "registration_certificate_v2",
    }
}

/// A registration certificate: what the register said of an asset when it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its form.
    pub form: CertificateForm,
    /// The registry that issued it.
    #[schema(example = "assets.example.cn")]
    pub origin: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// The day, in UTC+8, on which the rights stand as it says.
    pub as_of: NaiveDate,
    /// The instant as of whose knowledge it speaks; in the second form alone. The first speaks of what was known when it was
    /// issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub known_at: Option<DateTime<Utc>>,
    /// The asset.
    pub asset: CertifiedAsset,
    /// Who owns it.
    pub ownership: Vec<CertifiedHolding>,
    /// Who runs it.
    pub management: Vec<CertifiedHolding>,
    /// Who is paid by it.
    pub income: Vec<CertifiedHolding>,
    /// What lies on it.
    pub restrictions: Vec<CertifiedRestriction>,
    /// Where in the journal this stands.
    pub journal: OnRecord,
}

/// The asset of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedAsset {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<kind::Asset>,
    /// The number under which people know it.
    #[schema(example = "130828101-2026-7C1EX-2F6C8")]
    pub registry_number: String,
    /// Its name.
    #[schema(example = "日光温室大棚")]
    pub name: String,
    /// What it is for.
    pub class: AssetClass,
    /// Where it is.
    pub region_code: RegionCode,
    /// The name of that region.
    #[schema(required, example = "东村")]
    pub region_name: Option<String>,
    /// How much of it there is.
    #[schema(example = "3.5")]
    pub quantity: String,
    /// In what unit.
    #[schema(example = "亩")]
    pub unit: String,
}

/// A holder of a right, as a certificate names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedHolding {
    /// Who holds; null for a person or a household, who are named by their surname alone.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub holder_id: Option<Id<kind::Party>>,
    /// The holder's name; of a person the surname and a star.
    #[schema(example = "东村股份经济合作社")]
    pub holder_name: String,
    /// How much of the whole right.
    pub share: Share,
    /// The first day on which it is held like this.
    #[schema(example = "2021-08-01")]
    pub since: NaiveDate,
    /// The first day on which it no longer is; null while there is no end.
    #[schema(required, example = "2026-08-01")]
    pub until: Option<NaiveDate>,
    /// Whether it rests with an owner because nobody else was granted it.
    pub residual: bool,
}

/// A restriction, as a certificate names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedRestriction {
    /// The restriction.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<kind::Restriction>,
    /// What it is.
    pub kind: RestrictionKind,
    /// Who holds it; null for a person or a household.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub holder_id: Option<Id<kind::Party>>,
    /// The holder's name; of a person the surname and a star.
    #[schema(example = "滦平县农村信用联社")]
    pub holder_name: String,
    /// For how much; null where it secures no sum.
    #[schema(required)]
    pub amount_fen: Option<Fen>,
    /// The first day on which it lies there.
    #[schema(example = "2025-01-01")]
    pub since: NaiveDate,
    /// The first day on which it no longer does; null while there is no end.
    #[schema(required, example = "2026-01-01")]
    pub until: Option<NaiveDate>,
}

/// The place of a certificate in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnRecord {
    /// The index of the entry that last changed the rights or restrictions of the asset.
    #[schema(minimum = 0, example = 1042)]
    pub index: i64,
    /// The identifier of that entry.
    #[schema(value_type = uuid::Uuid)]
    pub entry_id: Id<kind::Entry>,
    /// How many entries the journal had at the instant as of whose knowledge the certificate speaks.
    #[schema(minimum = 1, example = 1100)]
    pub size: i64,
    /// The proof that the entry is in the journal; null where the journal had no checkpoint of it yet, about a second.
    #[schema(required)]
    pub inclusion_proof: Option<Inclusion>,
}

/// A proof that an entry is in the journal (RFC 9162, section 2.1.3): from it to the root that a checkpoint signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The checkpoint, a signed note (C2SP `tlog-checkpoint`).
    #[schema(example = "assets.example.cn/journal\n1100\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    pub checkpoint: String,
    /// The index of the entry.
    #[schema(minimum = 0, example = 1042)]
    pub index: i64,
    /// The hash of the entry as a leaf (RFC 9162, section 2.1.1), in base64.
    #[schema(example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    pub leaf_hash: String,
    /// The hashes from the leaf to the root, in base64.
    #[schema(example = json!(["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]))]
    pub hashes: Vec<String>,
}

/// A proof of inclusion that does not lead to the root of its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof that its entry is in the journal does not lead to the root of its checkpoint")]
pub struct Unproved;

impl Inclusion {
    /// A proof as the journal gives it.
    pub fn of(checkpoint: String, index: i64, leaf: Hash, proof: &[Hash]) -> Self {
        let hashes = proof.iter().map(|it| STANDARD.encode(it.0)).collect();
        Self { checkpoint, index, leaf_hash: STANDARD.encode(leaf.0), hashes }
    }

    /// The log and the size of the tree that has the entry. Who signed the checkpoint is not asked here.
    pub fn check(&self) -> Result<(String, u64), Unproved> {
        let (origin, head) = notes::head(&self.checkpoint).map_err(|_| Unproved)?;
        let index = u64::try_from(self.index).map_err(|_| Unproved)?;
        let hashes = self.hashes.iter().map(|it| read(it)).collect::<Result<Vec<_>, _>>()?;
        if tree::holds(&hashes, (head.size, head.root), (index, read(&self.leaf_hash)?)) {
            Ok((origin, head.size))
        } else {
            Err(Unproved)
        }
    }
}

fn read(hash: &str) -> Result<Hash, Unproved> {
    let bytes = STANDARD.decode(hash).map_err(|_| Unproved)?;
    Ok(Hash(bytes.try_into().map_err(|_| Unproved)?))
}

/// What the code of a printed sheet says: enough for the register to tell what the sheet must say, and short enough to be
/// scanned from paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The asset.
    #[serde(rename = "a")]
    pub asset_id: Id<kind::Asset>,
    /// When the certificate was issued, in microseconds since 1970, as finely as the register keeps time.
    #[serde(rename = "t")]
    pub issued_at_us: i64,
    /// The index of the entry that last changed it.
    #[serde(rename = "i")]
    pub index: i64,
    /// How many entries the journal had.
    #[serde(rename = "s")]
    pub size: i64,
    /// The day of which it speaks; none for that of the issue.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<NaiveDate>,
    /// The instant as of whose knowledge it speaks, in microseconds since 1970; none for that of the issue.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub known_at_us: Option<i64>,
}

impl Certificate {
    /// What the code of its printed sheet says.
    pub fn sheet(&self) -> Sheet {
        Sheet {
            asset_id: self.asset.id,
            issued_at_us: self.issued_at.timestamp_micros(),
            index: self.journal.index,
            size: self.journal.size,
            as_of: self.known_at.map(|_| self.as_of),
            known_at_us: self.known_at.map(|it| it.timestamp_micros()),
        }
    }
}

impl CertifiedAsset {
    pub(super) fn of(asset: Asset, region_name: Option<String>) -> Self {
        Self {
            id: asset.id,
            registry_number: asset.registry_number,
            name: asset.described.name.into(),
            class: asset.described.class,
            region_code: asset.described.region_code,
            region_name,
            quantity: asset.described.quantity.into(),
            unit: asset.described.unit.into(),
        }
    }
}

/// What parties are called, and which of them are people.
pub(super) struct Named {
    pub(super) names: BTreeMap<Id<kind::Party>, String>,
    pub(super) personal: BTreeMap<Id<kind::Party>, bool>,
}

impl Named {
    /// How a party is named: an organisation in full, a person so that only those who know them do.
    fn shown(&self, party: Id<kind::Party>) -> (Option<Id<kind::Party>>, String) {
        let name = self.names.get(&party).map_or("", String::as_str);
        match self.personal.get(&party) {
            Some(false) => (Some(party), name.to_owned()),
            _ => (None, masked(name)),
        }
    }
}

impl CertifiedHolding {
    pub(super) fn of(it: NamedHolding, parties: &Named) -> Self {
        let (holder_id, holder_name) = parties.shown(it.holding.holder_id);
        Self {
            holder_id,
            holder_name,
            share: it.holding.share,
            since: it.holding.period.from(),
            until: it.holding.period.to(),
            residual: it.holding.residual,
        }
    }
}

impl CertifiedRestriction {
    pub(super) fn of(it: Restriction, parties: &Named) -> Self {
        let (holder_id, holder_name) = parties.shown(it.holder_id);
        let days = it.days().unwrap_or(it.period);
        Self {
            id: it.id,
            kind: it.kind,
            holder_id,
            holder_name,
            amount_fen: it.amount,
            since: days.from(),
            until: days.to(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_sheet_is_short() {
        let sheet = Sheet {
            asset_id: Id::from(uuid::Uuid::max()),
            issued_at_us: 4_102_444_800_000_000,
            index: 999_999_999_999,
            size: 999_999_999_999,
            as_of: None,
            known_at_us: None,
        };
        assert!(serde_json::to_string(&sheet).unwrap().len() < 120);
        let of_a_day = Sheet {
            as_of: NaiveDate::from_ymd_opt(2025, 12, 31),
            known_at_us: Some(4_102_444_800_000_000),
            ..sheet
        };
        assert!(serde_json::to_string(&of_a_day).unwrap().len() < 165);
    }
}
