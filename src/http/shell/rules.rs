//! Rules of values that no schema can say: they are held with the schemas, so that whoever breaks several learns it at once.

use jsonschema::{Keyword, ValidationError, paths::Location};
use serde_json::{Map, Value};

use crate::values::{Reason, Share, period::PeriodInput};

/// The keyword by which a compiled schema names the rule of its value. The published document does not have it.
pub(super) const KEYWORD: &str = "x-rule";

/// What a value breaks beyond its schema; none where it breaks nothing, or already breaks the schema.
type Rule = fn(&Value) -> Option<Reason>;

/// The rule of the values of a component.
pub(super) fn of(component: &str) -> Option<Rule> {
    match component {
        "Share" => Some(of_a_share),
        "Period" | "PeriodInput" | "ClosedPeriodInput" => Some(of_a_period),
        _ => None,
    }
}

fn of_a_share(value: &Value) -> Option<Reason> {
    // What is in no form of a share is told by the pattern, and one that is too fine by a code of its own.
    let reason = value.as_str()?.parse::<Share>().err()?;
    (!matches!(reason, Reason::WrongForm { .. } | Reason::ShareTooFine)).then_some(reason)
}

fn of_a_period(value: &Value) -> Option<Reason> {
    let period: PeriodInput = serde_json::from_value(value.clone()).ok()?;
    period.to.is_some_and(|to| to <= period.from).then_some(Reason::DatesReversed)
}

/// The fault that stands behind an error of the keyword: the reason, and the field within the value.
pub(super) fn broken(code: &str) -> Option<(Reason, &'static str)> {
    if code == Reason::DatesReversed.code() {
        return Some((Reason::DatesReversed, "/to"));
    }
    Reason::from_serde(code).map(|it| (it, ""))
}

struct Held(Rule);

impl<'i> Keyword<'i> for Held {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.0(instance) {
            Some(reason) => Err(ValidationError::custom(reason.code())),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.0(instance).is_none()
    }
}

/// Makes the validator of a schema that names a rule.
pub(super) fn keyword<'a>(
    _: &'a Map<String, Value>,
    name: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let rule = name.as_str().and_then(of).unwrap_or(|_| None);
    Ok(Box::new(Held(rule)))
}
