//! In what one case asks for something else than another. Pure.

use serde_json::Value;
use treediff::{
    tools::{ChangeType, Recorder},
    value::Key,
};

/// A place where two cases ask for different things.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where, as a JSON pointer (RFC 6901) into what is asked.
    pub pointer: String,
    /// What was asked before; none where nothing was.
    pub before: Option<Value>,
    /// What is asked now; none where nothing is.
    pub after: Option<Value>,
}

/// The name of the member by which a case names the one that it asks for anew: that it does is no change.
const RESUBMITS: &str = "resubmits";

/// In what something is asked for otherwise, in the order of the places. Items of lists are compared by their places.
pub fn between(before: &Value, after: &Value) -> Vec<Change> {
    let mut recorder = Recorder::default();
    treediff::diff(before, after, &mut recorder);
    let mut changes: Vec<Change> = recorder
        .calls
        .into_iter()
        .filter_map(|it| match it {
            ChangeType::Unchanged(..) => None,
            ChangeType::Added(at, after) => Some((at, None, Some(after))),
            ChangeType::Removed(at, before) => Some((at, Some(before), None)),
            ChangeType::Modified(at, before, after) => Some((at, Some(before), Some(after))),
        })
        .filter(|(at, ..)| !matches!(at.as_slice(), [Key::String(name)] if name == RESUBMITS))
        .map(|(at, before, after)| Change {
            pointer: pointer(&at),
            before: before.cloned(),
            after: after.cloned(),
        })
        .collect();
    changes.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    changes
}

fn pointer(at: &[Key]) -> String {
    at.iter()
        .map(|it| match it {
            Key::Index(index) => format!("/{index}"),
            Key::String(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_otherwise_is_told_by_its_place() {
        let before =
            json!({"lots": [{"share": "1"}, {"share": "1/2"}], "reason": "旧", "a/b": {"c": 1}, "same": [1]});
        let after = json!({"lots": [{"share": "1/3"}], "late": {"reason": "新"}, "a/b": {"c": 2}, "same": [1], "resubmits": "x"});
        let of = |pointer: &str, before: Value, after: Value| Change {
            pointer: pointer.to_owned(),
            before: Some(before).filter(|it| !it.is_null()),
            after: Some(after).filter(|it| !it.is_null()),
        };
        assert_eq!(
            between(&before, &after),
            [
                of("/a~1b/c", json!(1), json!(2)),
                of("/late", json!(null), json!({"reason": "新"})),
                of("/lots/0/share", json!("1"), json!("1/3")),
                of("/lots/1", json!({"share": "1/2"}), json!(null)),
                of("/reason", json!("旧"), json!(null)),
            ]
        );
        assert_eq!(between(&before, &before), []);
    }
}
