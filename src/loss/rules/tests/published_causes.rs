//! How causes are told to whoever reads the interface: all of them, in the order of the rules, under one name.

use utoipa::{PartialSchema as _, ToSchema as _};

use super::{super::Cause, *};

#[test]
fn the_interface_lists_every_cause_of_every_rule() {
    assert_eq!(Cause::name(), "Cause");
    let codes: Vec<_> = RULES.iter().flat_map(|it| it.causes).map(|it| it.code).collect();
    let schema = json!(Cause::schema());
    assert_eq!(schema["enum"], json!(codes));
    assert_eq!(schema["type"], json!("string"));
}
