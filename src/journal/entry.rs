//! The entry as it stands in the log: what is hashed into the tree, and what that hash commits to. Pure functions.
//!
//! A log entry is a short header, so that it always fits the 16-bit lengths of C2SP `tlog-tiles` bundles; the header contains
//! the SHA-256 of the content, which may be large. Both are canonical JSON (RFC 8785). Sealing and verifying both use this
//! module, so there is one definition of an entry's bytes.
//!
//! There are two forms. Entries of the first form, sealed by releases before 2026-12, commit neither to rows nor to the time
//! of sealing; they are verified as far as they go.

use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tlog_tiles::Hash;

use crate::{
    storage::StorageError,
    values::{Id, id::kind},
};

/// The header of a log entry. The fields are in the order of canonical JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header<'a> {
    /// What was done.
    pub action: &'a str,
    /// Who acted; null for the public and for the registry itself.
    #[serde(borrow)]
    pub actor_id: Option<&'a str>,
    /// When: RFC 3339 in UTC, with six decimals and `Z`.
    pub at: &'a str,
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub content_sha256: &'a str,
    /// The entry.
    pub id: &'a str,
    /// Where; `000000000000` for nowhere in particular.
    pub region_code: &'a str,
    /// When it was sealed, and so became known; absent in entries of the first form.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sealed_at: Option<&'a str>,
}

/// What an entry of the second form contains in addition to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// When it was sealed; while it waits, when it was written.
    pub sealed_at: DateTime<Utc>,
    /// Which of its subjects it created or changed.
    pub changes: Option<Id<kind::Subject>>,
    /// The rows that its unit of work wrote, as canonical JSON. For each row: the table, the key, the SHA-256 of its canonical
    /// form (null if it was removed) and that of its earlier form (null if it is new).
    pub rows: String,
}

/// Everything that an entry records, as stored in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryBody {
    /// Its identifier.
    pub id: Id<kind::Entry>,
    /// When the unit of work that wrote it began.
    pub at: DateTime<Utc>,
    /// Who acted.
    pub actor_id: Option<Id<kind::User>>,
    /// What was done.
    pub action: String,
    /// Where; `000000000000` for nowhere in particular.
    pub region_code: String,
    /// What it is about, ordered by id.
    pub subject_ids: Vec<Id<kind::Subject>>,
    /// The facts, as canonical JSON.
    pub facts: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// The feed that it belongs to.
    pub feed: Option<String>,
    /// What else it commits to; `None` for an entry of the first form.
    pub committed: Option<Committed>,
}

impl EntryBody {
    /// The content, as canonical JSON: facts, feed, request and subjects; in the second form also the subject changed, and the rows.
    pub fn content(&self) -> Result<String, StorageError> {
        // Facts and rows are canonical already, and the fields are written in canonical order.
        let (changes, rows) = match &self.committed {
            None => (String::new(), String::new()),
            Some(it) => {
                (format!("\"changes\":{},", canonical(&it.changes)?), format!("\"rows\":{},", it.rows))
            }
        };
        Ok(format!(
            "{{{changes}\"facts\":{},\"feed\":{},\"request_id\":{},{rows}\"subject_ids\":{}}}",
            self.facts,
            canonical(&self.feed)?,
            canonical(&self.request_id)?,
            canonical(&self.subject_ids)?
        ))
    }

    /// The rows that it commits to; empty in the first form.
    pub fn rows(&self) -> Result<Vec<CommittedRow>, StorageError> {
        let Some(committed) = &self.committed else { return Ok(Vec::new()) };
        serde_json::from_str(&committed.rows)
            .map_err(|error| StorageError::Corrupt(format!("the rows of entry {}: {error}", self.id)))
    }

    /// The log entry: the header, as canonical JSON.
    pub fn header(&self) -> Result<String, StorageError> {
        self.header_of(&content_sha256(&self.content()?))
    }

    /// The log entry, for a content whose hash is known already.
    pub fn header_of(&self, content_sha256: &str) -> Result<String, StorageError> {
        canonical(&Header {
            action: &self.action,
            actor_id: self.actor_id.map(|it| it.to_string()).as_deref(),
            at: &instant(self.at),
            content_sha256,
            id: &self.id.to_string(),
            region_code: &self.region_code,
            sealed_at: self.committed.as_ref().map(|it| instant(it.sealed_at)).as_deref(),
        })
    }

    /// The hash of the log entry as a leaf of the tree, for a content whose hash is known already.
    pub fn leaf_hash_of(&self, content: Hash) -> Result<Hash, StorageError> {
        Ok(leaf_hash(self.header_of(&hex::encode(content.0))?.as_bytes()))
    }
}

/// A row that an entry commits to: its table, its key, the SHA-256 of its canonical form in hexadecimal (`None` if it was
/// removed), and what the entry states about its earlier form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CommittedRow(pub String, pub String, pub Option<String>, #[serde(default)] pub Before);

/// What an entry states about the earlier form of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Before {
    /// Nothing: it committed to the row as it found it.
    #[default]
    NotStated,
    /// The SHA-256 of its canonical form in hexadecimal; `None` if the row is new.
    Was(Option<String>),
}

impl<'de> Deserialize<'de> for Before {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Was)
    }
}

/// The hash of a content, as written in headers.
pub fn content_sha256(content: &str) -> String {
    hex::encode(content_hash(content).0)
}

/// The hash of a content.
pub fn content_hash(content: &str) -> Hash {
    whole(digest(&SHA256, content.as_bytes()).as_ref())
}

/// A SHA-256, which has 32 bytes.
fn whole(sha256: &[u8]) -> Hash {
    let mut hash = [0; tlog_tiles::HASH_SIZE];
    hash.iter_mut().zip(sha256).for_each(|(to, from)| *to = *from);
    Hash(hash)
}

/// The hash of a leaf: SHA-256 of a zero byte and the entry (RFC 9162, section 2.1.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(entry);
    whole(context.finish().as_ref())
}

/// An instant as entries write it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn canonical(value: &impl Serialize) -> Result<String, StorageError> {
    serde_json_canonicalizer::to_string(value).map_err(|error| {
        StorageError::Corrupt(format!("an entry cannot be written as canonical JSON: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn body(facts: &serde_json::Value, request_id: Option<String>) -> EntryBody {
        EntryBody {
            id: uuid::Uuid::from_u128(1).into(),
            at: "2025-01-03T04:05:06.7Z".parse().unwrap(),
            actor_id: None,
            action: "asset_recorded".to_owned(),
            region_code: "130828101201".to_owned(),
            subject_ids: vec![uuid::Uuid::from_u128(2).into(), uuid::Uuid::from_u128(3).into()],
            facts: serde_json_canonicalizer::to_string(facts).unwrap(),
            request_id,
            feed: None,
            committed: None,
        }
    }

    #[test]
    fn an_entry_is_written_like_this_and_in_no_other_way() {
        let entry = body(&json!({"name": "大棚", "a": 1}), None);

        let content = "{\"facts\":{\"a\":1,\"name\":\"大棚\"},\"feed\":null,\"request_id\":null,\"subject_ids\":\
            [\"00000000-0000-0000-0000-000000000002\",\"00000000-0000-0000-0000-000000000003\"]}";
        assert_eq!(entry.content().unwrap(), content);
        let header = format!(
            "{{\"action\":\"asset_recorded\",\"actor_id\":null,\"at\":\"2025-01-03T04:05:06.700000Z\",\
             \"content_sha256\":\"{}\",\"id\":\"00000000-0000-0000-0000-000000000001\",\"region_code\":\"130828101201\"}}",
            content_sha256(content)
        );
        assert_eq!(entry.header().unwrap(), header);
        let leaf = entry.leaf_hash_of(content_hash(content)).unwrap();
        assert_eq!(leaf, tlog_tiles::record_hash(header.as_bytes()));
        assert_eq!(serde_json::from_str::<Header<'_>>(&header).unwrap().action, "asset_recorded");
    }

    #[test]
    fn the_second_form_commits_to_rows_and_to_when_it_was_sealed() {
        let first = body(&json!({"a": 1}), None);
        let committed = Committed {
            sealed_at: "2025-01-03T04:05:07Z".parse().unwrap(),
            changes: Some(uuid::Uuid::from_u128(2).into()),
            rows: r#"[["assets","0190","ab"],["parties","0191",null,"cd"],["users","0192","ef",null]]"#
                .to_owned(),
        };
        let entry = EntryBody { committed: Some(committed), ..first.clone() };

        assert_eq!(
            entry.content().unwrap(),
            "{\"changes\":\"00000000-0000-0000-0000-000000000002\",\"facts\":{\"a\":1},\"feed\":null,\
             \"request_id\":null,\"rows\":[[\"assets\",\"0190\",\"ab\"],[\"parties\",\"0191\",null,\"cd\"],\
             [\"users\",\"0192\",\"ef\",null]],\"subject_ids\":\
             [\"00000000-0000-0000-0000-000000000002\",\"00000000-0000-0000-0000-000000000003\"]}"
        );
        let header = entry.header().unwrap();
        assert!(header.ends_with(",\"sealed_at\":\"2025-01-03T04:05:07.000000Z\"}"), "{header}");
        assert_eq!(
            serde_json_canonicalizer::to_string(&serde_json::from_str::<serde_json::Value>(&header).unwrap())
                .unwrap(),
            header
        );
        assert_eq!(serde_json::from_str::<Header<'_>>(&first.header().unwrap()).unwrap().sealed_at, None);
        let rows = entry.rows().unwrap();
        assert_eq!(rows[0].3, Before::NotStated);
        let was = Before::Was(Some("cd".to_owned()));
        assert_eq!(rows[1], CommittedRow("parties".to_owned(), "0191".to_owned(), None, was));
        assert_eq!(rows[2].3, Before::Was(None));
    }

    proptest! {
        /// Put together from parts, the content is what canonicalising the whole would give.
        #[test]
        fn the_content_is_canonical(text in ".*", number in 0_i64..=9_007_199_254_740_991, request in proptest::option::of(".*")) {
            let facts = json!({"text": text, "amount_fen": number, "none": null});
            let entry = body(&facts, request.clone());
            let whole = json!({"subject_ids": entry.subject_ids, "request_id": request, "feed": null, "facts": facts});
            prop_assert_eq!(entry.content().unwrap(), serde_json_canonicalizer::to_string(&whole).unwrap());
        }
    }
}
