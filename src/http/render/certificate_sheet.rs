//! The page of a certificate: to be printed on A4, in Chinese and English, and shown to anybody who scans its code.
//!
//! It loads nothing and runs nothing; its policy allows its own style and no more.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use qrcode::{Color, EcLevel, QrCode};

use crate::{
    http::{
        render::chain_picture::{restriction, right},
        shell::{language::Language, problem::Problem},
    },
    register::{
        certificates::{Certificate, CertifiedHolding, CertifiedRestriction, Refusal, Verified},
        codes::{AssetClass, RightKind},
    },
    values::{Fen, Id, Share, id::kind},
};

const STYLE: &str = "
@page { size: A4; margin: 14mm 16mm }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 8mm 4mm; max-width: 186mm; color: #1a1a1a; background: #fff;
  font: 10.5pt/1.45 'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',Arial,sans-serif }
header { border-bottom: 2pt solid #1a1a1a; padding-bottom: 3mm; margin-bottom: 4mm; text-align: center }
h1 { font-size: 21pt; letter-spacing: .2em; margin: 0; line-height: 1.3 }
h1 + p, h2 span, th span, dt span, small { color: #555; font-weight: normal }
h1 + p { margin: 0; font-size: 11pt }
h2 { font-size: 11.5pt; margin: 4.5mm 0 1.5mm }
h2 span, th span, dt span { font-size: .82em; margin-left: .4em }
dl { display: grid; grid-template-columns: max-content 1fr max-content max-content; gap: 1mm 4mm; margin: 0 }
dt { font-weight: bold } dd { margin: 0; overflow-wrap: anywhere } dd.wide { grid-column: 2 / -1 }
table { width: 100%; border-collapse: collapse; font-size: .95em }
th, td { border: .5pt solid #888; padding: 1mm 2mm; text-align: left; vertical-align: top }
th { background: #f0f0f0; white-space: nowrap } tr { break-inside: avoid } td.kind { white-space: nowrap; font-weight: bold }
td.day, td.share, td.sum { white-space: nowrap; font-variant-numeric: tabular-nums }
.many { font-size: 9.5pt } .many h2 { margin: 3mm 0 1mm } .many footer { margin-top: 3mm; padding-top: 3mm }
.many table { font-size: .8em } .many th, .many td { padding: .2mm 1.5mm } .many p { margin: 0 0 1mm }
.many footer svg { width: 42mm; height: 42mm } .many .seal { margin-top: 4mm }
footer { display: flex; gap: 6mm; margin-top: 6mm; border-top: .5pt solid #888; padding-top: 4mm; break-inside: avoid }
footer .seal { margin: 6mm 0 0; font-size: 10pt } footer svg { flex: none; width: 46mm; height: 46mm } footer p { margin: 0 0 1.5mm; font-size: 8.5pt; line-height: 1.4 }
code { font: 7.5pt/1.35 monospace; overflow-wrap: anywhere }
.verdict { border: 1.5pt solid; padding: 3mm 4mm; margin-bottom: 5mm; font-weight: bold }
.verdict p { margin: 0 } .good { color: #1b6e3c } .past { color: #8a5a00 } .bad { color: #b2182b }
@media print { body { padding: 0; max-width: none } }
";

/// The policy of the page (Content Security Policy, level 3): the one style that it has, named by its digest.
pub(in crate::http) fn policy() -> String {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    });
    POLICY.clone()
}

/// The printable sheet of a certificate, with the code that leads to its verification.
pub(in crate::http) fn printed(
    certificate: &Certificate,
    jws: &str,
    address: &str,
) -> Result<String, Problem> {
    let code = square(address)?;
    let digest = hex::encode(digest(&SHA256, jws.as_bytes()));
    let foot = html! {
        footer {
            (code)
            div {
                p { "扫描二维码，可向登记簿核验本证书：登记簿将显示本证书签发时应载的内容，以及此后权利是否变动。" }
                p { "Scan the code to ask the register: it shows what this certificate must say as of its issue, and whether anything has changed since." }
                @if address.starts_with('/') {
                    p { "二维码只含下列路径，请接在登记机构公布的登记簿网址之后。" small { " The code holds this path alone: it follows the address of the register, which the registering office publishes." }
                        br; code { (address) } }
                }
                p { "本证书反映签发时登记簿的记载，不因其后的变动失效，也不代替登记簿的现时记载。" br;
                    small { "It states what was on record when it was issued, and does not stand in for what is on record now." } }
                p { "电子签名件 SHA-256 " small { "digest of the signed form" } br; code { (digest) } }
                p class="seal" { "登记机关（盖章）" small { " Seal of the registering office" } }
            }
        }
    };
    Ok(whole(certificate, &Markup::default(), &foot))
}

/// The page behind the code of a sheet: that it is genuine, and what it must say.
pub(in crate::http) fn confirmed(it: &Verified) -> String {
    let verdict = match it.superseded_by {
        None => html! {
            div class="verdict good" {
                p { "真实：以下内容由本登记簿签发，此后权利与限制未变动。" }
                p { "Genuine: issued by this register, and neither rights nor restrictions have changed since." }
            }
        },
        Some(changed) => html! {
            div class="verdict past" {
                p { "真实，但已被取代：此后权利或限制已有变动（日志第 " (changed.index) " 条）。以下为签发时的记载。" }
                p { "Genuine, and superseded: rights or restrictions have changed since, by entry " (changed.index)
                    " of the journal. Below is what was true then." }
            }
        },
    };
    let compare = html! {
        p { "请与纸面逐项比对，不符者即为伪造。" small { " Compare this with the paper: where they differ, the paper is false." } }
    };
    whole(&it.certificate, &html! { (verdict) (compare) }, &Markup::default())
}

/// The page for a code that is none of this register's.
pub(in crate::http) fn refused(reason: Refusal) -> String {
    let (chinese, english) = match reason {
        Refusal::Malformed => {
            ("二维码内容不是本登记簿的证书编码。", "The code is not in the form of a certificate's.")
        }
        Refusal::OtherKey => {
            ("并非以本登记簿的密钥签发。", "It was signed with another key than this register's.")
        }
        Refusal::BadSignature => (
            "签名不符：并非本登记簿签发，或已被篡改。",
            "The signature does not fit: not issued here, or altered since.",
        ),
        Refusal::NotInJournal => {
            ("登记日志中没有该证书所依据的记录。", "The journal does not have the entry that it names.")
        }
    };
    document(
        "证书核验",
        &html! {
            header { h1 { "证书核验" } p { "Verification of a certificate" } }
            div class="verdict bad" {
                p { "不是本登记簿的有效证书。" (chinese) }
                p { "This is no valid certificate of this register. " (english) }
            }
        },
        false,
    )
}

fn document(title: &str, body: &Markup, many: bool) -> String {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body class=[many.then_some("many")] { (body) }
        }
    }
    .into_string()
}

/// How many rows stand on a page in letters of the usual size, and how many in small ones.
const ROWS: usize = 12;
const SMALL_ROWS: usize = 18;
/// How many restrictions stand on it in small letters.
const SMALL_RESTRICTIONS: usize = 4;

/// A right on the sheet, with as many of its holders as have room.
struct RightRows<'c> {
    right: RightKind,
    held: &'c [CertifiedHolding],
    /// Whether it rests with the owners as a whole, who need not be named again.
    rests: bool,
}

impl<'c> RightRows<'c> {
    fn all(certificate: &'c Certificate) -> [Self; 3] {
        let owners = parts(&certificate.ownership);
        let rows_of = |right, held: &'c [CertifiedHolding]| {
            let rests =
                right != RightKind::Ownership && held.iter().all(|it| it.residual) && parts(held) == owners;
            Self { right, held, rests }
        };
        [
            rows_of(RightKind::Ownership, &certificate.ownership),
            rows_of(RightKind::Management, &certificate.management),
            rows_of(RightKind::Income, &certificate.income),
        ]
    }

    const fn rows(&self) -> usize {
        if self.rests { 1 } else { self.held.len() }
    }
}

/// Who holds how much, in an order that does not depend on since when.
fn parts(held: &[CertifiedHolding]) -> Vec<(Share, &str, Option<Id<kind::Party>>)> {
    let mut parts: Vec<_> = held.iter().map(|it| (it.share, it.holder_name.as_str(), it.holder_id)).collect();
    parts.sort_unstable();
    parts
}

fn whole(certificate: &Certificate, above: &Markup, foot: &Markup) -> String {
    let rights = RightRows::all(certificate);
    let rows = rights.iter().map(RightRows::rows).sum::<usize>() + certificate.restrictions.len();
    let many = rows > ROWS;
    let named = rights.iter().filter(|it| !it.rests).count().max(1);
    let most = if many { SMALL_ROWS / named } else { ROWS };
    let body = html! {
        header { h1 { "资产权利登记证书" } p { "Registration certificate of the rights in an asset" } }
        (above)
        (facts(certificate))
        h2 { "三权" span { "The three rights, on " (certificate.as_of) } }
        table {
            thead { tr {
                th { "权利" span { "Right" } } th { "权利人" span { "Holder" } } th { "份额" span { "Share" } }
                th { "自" span { "Since" } } th { "至" span { "Until" } }
            } }
            tbody { @for it in &rights { (holdings(it, most)) } }
        }
        h2 { "权利限制" span { "Restrictions" } }
        @if certificate.restrictions.is_empty() { p { "无。" small { " None." } } } @else { (restrictions(&certificate.restrictions, many)) }
        (foot)
    };
    document(&format!("资产权利登记证书 {}", certificate.asset.registry_number), &body, many)
}

fn facts(certificate: &Certificate) -> Markup {
    let asset = &certificate.asset;
    let region = asset.region_name.as_deref().unwrap_or_default();
    html! {
        dl {
            dt { "登记编号" span { "Registry number" } } dd class="wide" { b { (asset.registry_number) } }
            dt { "资产名称" span { "Asset" } } dd class="wide" { (asset.name) }
            dt { "类别" span { "Class" } } dd { (class(asset.class)) }
            dt { "数量" span { "Quantity" } } dd { (asset.quantity) " " (asset.unit) }
            dt { "所在区划" span { "Region" } } dd { (region) " " (asset.region_code) }
            dt { "日志序号" span { "Journal entry" } } dd { (certificate.journal.index) }
            dt { "登记簿" span { "Register" } } dd { (certificate.origin) }
            @if let Some(known_at) = certificate.known_at {
                dt { "信息截至" span { "As known at" } } dd { (local(known_at)) " " small { "UTC+8" } }
            }
            dt { "签发时间" span { "Issued at" } } dd { (local(certificate.issued_at)) " " small { "UTC+8" } }
            dt { "资产标识" span { "Identifier" } } dd class="wide" { code { (asset.id) } }
        }
    }
}

fn class(class: AssetClass) -> &'static str {
    match class {
        AssetClass::Operating => "经营性资产 Operating",
        AssetClass::PublicWelfare => "公益性资产 Public welfare",
        AssetClass::Household => "到户类资产 Household",
    }
}

fn holdings(right: &RightRows<'_>, most: usize) -> Markup {
    let shown = right.held.get(..most).unwrap_or(right.held);
    let shown = if right.rests { &[] } else { shown };
    let more = right.rows() - shown.len();
    html! {
        @for (number, it) in shown.iter().enumerate() {
            tr {
                @if number == 0 { (kind_of_rows(right.right, shown.len() + usize::from(more > 0))) }
                td { (it.holder_name) @if it.residual { " " small { "（未另行授予 rests with the owner）" } } }
                td class="share" { (it.share) }
                td class="day" { (it.since) }
                td class="day" { (end(it.until)) }
            }
        }
        @if right.rests {
            tr { (kind_of_rows(right.right, 1)) td colspan="4" { "未另行授予，归所有权人按其份额享有。" small { " Granted to nobody: rests with the owners, in their shares." } } }
        } @else if more > 0 {
            tr { td colspan="4" { "另有 " (more) " 项，见电子签名件。" small { " and " (more) " more in the signed form." } } }
        }
    }
}

fn kind_of_rows(kind: RightKind, rows: usize) -> Markup {
    html! { td class="kind" rowspan=(rows) { (right(kind, Language::Chinese)) br; small { (right(kind, Language::English)) } } }
}

fn restrictions(all: &[CertifiedRestriction], many: bool) -> Markup {
    let listed = all.get(..SMALL_RESTRICTIONS).filter(|_| many).unwrap_or(all);
    let more = all.len() - listed.len();
    html! {
        table {
            thead { tr {
                th { "种类" span { "Kind" } } th { "权利人" span { "Holder" } } th { "金额（元）" span { "Amount, yuan" } }
                th { "自" span { "Since" } } th { "至" span { "Until" } }
            } }
            tbody {
                @for it in listed {
                    tr {
                        td class="kind" {
                            (restriction(it.kind, Language::Chinese)) " " small { (restriction(it.kind, Language::English)) }
                        }
                        td { (it.holder_name) }
                        td class="sum" { (it.amount_fen.map(yuan).unwrap_or_default()) }
                        td class="day" { (it.since) }
                        td class="day" { (end(it.until)) }
                    }
                }
                @if more > 0 { tr { td colspan="5" { "另有 " (more) " 项，见电子签名件。" small { " and " (more) " more in the signed form." } } } }
            }
        }
    }
}

fn end(until: Option<NaiveDate>) -> String {
    until.map_or_else(|| "—".to_owned(), |it| it.to_string())
}

/// An amount in yuan, to the fen.
fn yuan(amount: Fen) -> String {
    format!("{}.{:02}", amount.get() / 100, amount.get() % 100)
}

fn local(at: DateTime<Utc>) -> String {
    (at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The square code of an address, as a drawing within the page.
fn square(address: &str) -> Result<Markup, Problem> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).map_err(Problem::internal)?;
    let (wide, cells) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in cells.chunks(wide).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, it)| **it == Color::Dark) {
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Ok(html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "-4 -4 " (wide + 8) " " (wide + 8) } role="img" shape-rendering="crispEdges" {
            title { "核验 Verify" }
            rect x="-4" y="-4" width=(wide + 8) height=(wide + 8) fill="#ffffff" {}
            path d=(path) fill="#000000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::certificates::{CertificateForm, CertifiedAsset, OnRecord};

    fn certificate(holders: usize) -> Certificate {
        let held = |residual| {
            let holding = move |number: usize| CertifiedHolding {
                holder_id: None,
                holder_name: if number == 0 {
                    "<b>东村</b>股份经济合作社".to_owned()
                } else {
                    format!("张{number}*")
                },
                share: Share::new(1, i64::try_from(holders).unwrap()).unwrap(),
                since: NaiveDate::from_ymd_opt(2021, 8, 1).unwrap(),
                until: None,
                residual,
            };
            (0..holders).map(holding).collect::<Vec<_>>()
        };
        Certificate {
            form: CertificateForm::First,
            origin: "assets.example.cn".to_owned(),
            issued_at: "2026-11-25T02:00:00.123456Z".parse().unwrap(),
            as_of: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
            known_at: None,
            asset: CertifiedAsset {
                id: uuid::Uuid::nil().into(),
                registry_number: "130828101-2026-7C1EX-2F6C8".to_owned(),
                name: "日光温室大棚".to_owned(),
                class: AssetClass::Operating,
                region_code: "130828101201".parse().unwrap(),
                region_name: Some("东村".to_owned()),
                quantity: "3.5".to_owned(),
                unit: "亩".to_owned(),
            },
            ownership: held(false),
            management: held(true),
            income: held(true),
            restrictions: Vec::new(),
            journal: OnRecord {
                index: 7,
                entry_id: uuid::Uuid::nil().into(),
                size: 9,
                inclusion_proof: None,
            },
        }
    }

    #[test]
    fn the_sheet_runs_nothing_loads_nothing_and_escapes_names() {
        let page = printed(&certificate(2), "a.b.c", "https://assets.example.cn/v1/certificates/verify?c=x")
            .unwrap();

        assert!(!page.contains("二维码只含下列路径"));
        let bare = printed(&certificate(2), "a.b.c", "/v1/certificates/verify?c=x").unwrap();
        assert!(
            bare.contains("二维码只含下列路径") && bare.contains("<code>/v1/certificates/verify?c=x</code>")
        );
        assert!(page.contains("&lt;b&gt;东村&lt;/b&gt;") && !page.contains("<b>东村"));
        for never in ["<script", "<link", "<img", " style=", "src=", "url(", "@import", "onload", "onclick"] {
            assert!(!page.contains(never), "{never}");
        }
        assert!(page.contains("130828101-2026-7C1EX-2F6C8") && page.contains("2026-11-25 10:00:00"));
        assert!(
            policy().starts_with("default-src 'none'; style-src 'sha256-") && !policy().contains("unsafe")
        );
        assert!(page.contains(&format!("<style>{STYLE}</style>")));
    }

    #[test]
    fn an_address_fits_into_a_code_that_can_be_scanned_from_paper() {
        let address =
            format!("https://registry.assets.example.gov.cn/v1/certificates/verify?c={}", "x".repeat(330));
        let code = QrCode::with_error_correction_level(address, EcLevel::M).unwrap();
        // At 46 mm with its margin a cell is at least half a millimetre wide.
        assert!((code.width() + 8) * 50 <= 46 * 100, "{}", code.width());
    }

    #[test]
    fn a_crowd_of_holders_is_cut_off_with_their_number() {
        let mut crowded = certificate(40);
        let page = printed(&crowded, "a.b.c", "https://x/").unwrap();
        assert!(page.contains("另有 22 项") && page.contains("<body class=\"many\">"));
        assert_eq!(
            page.matches("归所有权人按其份额享有").count(),
            2,
            "what rests with all owners is said once"
        );
        crowded.income.iter_mut().for_each(|it| it.residual = false);
        let page = printed(&crowded, "a.b.c", "https://x/").unwrap();
        assert_eq!(page.matches("另有 31 项").count(), 2);
        assert!(!printed(&certificate(10), "a.b.c", "https://x/").unwrap().contains("class=\"many\""));
    }

    #[test]
    fn amounts_are_written_in_yuan() {
        assert_eq!(yuan(Fen::new(1_234_507).unwrap()), "12345.07");
    }
}
