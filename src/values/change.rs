//! Changes of what is on record: which version they were made to, and what they say of a field that may be empty.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which versions of a thing somebody saw who changes it, so that nobody overwrites what they have not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen(Vec<i64>);

impl Seen {
    /// One of some versions.
    pub const fn one_of(versions: Vec<i64>) -> Self {
        Self(versions)
    }

    /// Whether a version is among them.
    pub fn includes(&self, version: i64) -> bool {
        self.0.contains(&version)
    }
}

/// What a change says of a field that may be empty (RFC 7396): nothing, that it is empty from now on, or another content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// Nothing: it stays as it is.
    #[default]
    Keep,
    /// It is empty: what stood there was a mistake, or holds no more.
    Clear,
    /// Another content.
    To(T),
}

impl<T> Change<T> {
    /// What stands in the field after the change.
    pub fn of(self, standing: Option<T>) -> Option<T> {
        match self {
            Self::Keep => standing,
            Self::Clear => None,
            Self::To(content) => Some(content),
        }
    }

    /// Whether nothing changes: such a field is left out where changes are kept.
    pub const fn keeps(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new content, where there is one.
    pub const fn content(&self) -> Option<&T> {
        match self {
            Self::To(content) => Some(content),
            Self::Keep | Self::Clear => None,
        }
    }
}

/// A field that keeps what stands is left out by `skip_serializing_if`, and stands as empty otherwise.
impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.content().serialize(serializer)
    }
}

/// A field that is there is read by this, null or not; one that is absent is the default.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::To))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_stays_and_what_is_null_goes() {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            field: Change<i32>,
        }
        let read = |text: &str| serde_json::from_str::<Body>(text).unwrap().field;
        assert_eq!((read("{}"), read("{}").of(Some(1))), (Change::Keep, Some(1)));
        assert_eq!(
            (read(r#"{"field": null}"#), read(r#"{"field": null}"#).of(Some(1))),
            (Change::Clear, None)
        );
        assert_eq!(read(r#"{"field": 2}"#).of(Some(1)), Some(2));
    }

    #[test]
    fn a_change_is_made_to_what_was_seen() {
        assert!(Seen::one_of(vec![1, 7]).includes(7));
        assert!(!Seen::one_of(Vec::new()).includes(7));
    }
}
