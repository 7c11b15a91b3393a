//! Shares are exact to the last place that can be written down, and refused beyond it.

use num_traits::One as _;
use serde_json::json;

use super::model::{Fraction, fraction};
use crate::town::{EAST, Town, WEST};

pub async fn a_share_is_divided_until_it_would_be_too_fine(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let gift = |share: &str| {
        json!({
            "right": "ownership", "effective_on": "2022-01-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
            "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": share}],
            "consideration": {"kind": "none"},
        })
    };
    let path = format!("/v1/assets/{shed}/rights?as_of=2022-01-01");

    // What is left is a fraction of 3^i 7^j 11^k: 231^8 still fits in 64 bits, three times that no longer does.
    let mut left = Fraction::one();
    for power in 1..=8 {
        for divisor in [3_i64, 7, 11] {
            let given = fraction(1, divisor.pow(power));
            let case = town.officer().creates("/v1/transfers", gift(&given.to_string())).await;
            town.takes_through("transfers", &case).await;
            left -= given;
        }
    }
    let rights = town.auditor().reads(&path).await;
    let held: Vec<Fraction> = rights["ownership"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["holder_id"] == east)
        .map(|it| it["share"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(held, [left.clone()]);
    assert_eq!(*left.denom(), num_bigint::BigInt::from(231_i64.pow(8)));
    for kind in ["ownership", "management", "income"] {
        let shares = rights[kind].as_array().unwrap().iter();
        let sum: Fraction = shares.map(|it| it["share"].as_str().unwrap().parse::<Fraction>().unwrap()).sum();
        assert!(sum.is_one(), "{kind}: {sum}");
    }

    let finer = gift(&format!("1/{}", 3_i64.pow(9)));
    town.officer().posts("/v1/transfers/check", finer.clone()).await.expect_problem(422, "share_too_fine");
    town.officer().posts("/v1/transfers", finer).await.expect_problem(422, "share_too_fine");
    let beyond = town.officer().posts("/v1/transfers", gift("1/9223372036854775808")).await;
    let beyond = beyond.expect_problem(422, "share_too_fine");
    assert_eq!(beyond["errors"][0]["pointer"], "/lots/0/share");
    let after = town.auditor().reads(&path).await;
    for kind in ["ownership", "management", "income"] {
        assert_eq!(after[kind], rights[kind]);
    }
}
