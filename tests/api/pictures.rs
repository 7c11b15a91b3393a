//! The chain of the rights in an asset, drawn.

use reqwest::Method;
use roxmltree::Document;
use serde_json::json;

use crate::{
    house::Beside,
    town::{Actor, Answer, Town, World},
};

async fn asks(somebody: &Actor<'_>, path: &str, accept: &str) -> Answer {
    Answer::of(somebody.request(Method::GET, path).header("Accept", accept)).await
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|it| it.has_tag_name("text")).filter_map(|it| it.text());
    texts.map(str::to_owned).collect()
}

pub async fn a_chain_is_drawn_for_those_who_prefer_it(town: Town) {
    let world = World::of(&town).await;
    let path = format!("/v1/assets/{}/ownership-chain", world.asset);
    let auditor = town.auditor();

    let picture = asks(&auditor, &path, "image/svg+xml").await;

    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert_eq!(picture.header("content-language"), "en");
    assert!(picture.headers.get_all("vary").iter().any(|it| it == "Accept, Accept-Language"));
    let svg = picture.expect(200);
    let told = texts(svg.as_str().unwrap());
    for said in [
        "日光温室大棚",
        "Ownership",
        "Management",
        "Income",
        "2021-08-01",
        "First registration: ownership",
        "A  东村股份经济合作社  1/1",
        "R1 Mortgage  2022-01-01 – 2022-02-01  惠农农业科技有限公司",
        "the chain holds together",
    ] {
        assert!(told.iter().any(|it| it == said), "{said}: {told:?}");
    }
    let chinese =
        asks(&town.auditor().in_chinese(), &format!("{path}?kind=ownership&as_of=2023-01-01"), "image/*")
            .await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    let told = texts(chinese.expect(200).as_str().unwrap());
    assert!(
        told.iter().any(|it| it == "首次登记（所有权）") && told.iter().any(|it| it == "所查之日 2023-01-01")
    );
    assert!(!told.iter().any(|it| it == "经营权"));

    for json_first in
        ["application/json", "*/*", "image/svg+xml;q=0.5, application/json;q=0.8", "text/html, */*;q=0.1"]
    {
        let answer = asks(&auditor, &path, json_first).await;
        assert_eq!(answer.header("content-type"), "application/json", "{json_first}");
        assert_eq!(answer.expect(200)["complete"], true);
    }
    asks(&auditor, &path, "text/html, image/png").await.expect_problem(406, "not_acceptable");
    asks(&auditor, &format!("/v1/assets/{}/ownership-chain", world.party), "image/svg+xml")
        .await
        .expect_problem(404, "not_found");

    let hostile = json!({"name": "</svg><script>alert(1)</script>&"});
    let asset = format!("/v1/assets/{}", world.asset);
    town.officer().patches(&asset, Some("\"1\""), hostile).await.expect(200);
    // Names that were recorded before control characters were refused are still there.
    Beside::of(&town).execute("update assets set name = name || '\u{1}'").unwrap();
    let svg = asks(&auditor, &path, "image/svg+xml").await.expect(200);
    let document = Document::parse(svg.as_str().unwrap()).unwrap();
    assert!(!document.descendants().any(|it| it.has_tag_name("script")));
}
