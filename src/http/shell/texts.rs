//! What is wrong with a field, in words of two languages: what would be right, with an example.

use chrono::NaiveDate;

use crate::{
    acts::amendments::{PARTS, WHOLE},
    http::shell::{language::Language, vocabulary},
    values::{Fault, Reason},
};

/// A sentence in Chinese and in English.
type Both = (String, String);

/// What would be right in a field.
pub(crate) fn fault(fault: &Fault, language: Language) -> String {
    let field = field_of(&fault.pointer);
    let (chinese, english) = own_words(field, &fault.reason).unwrap_or_else(|| words(field, &fault.reason));
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

/// The field that a pointer leads to; of an item of a list, the field that holds the list.
fn field_of(pointer: &str) -> &str {
    let mut names =
        pointer.rsplit('/').filter(|it| !it.is_empty() && !it.bytes().all(|it| it.is_ascii_digit()));
    names.next().unwrap_or_default()
}

/// A unit, as the end of a field's name tells it.
struct UnitOf {
    end: &'static str,
    chinese: &'static str,
    english: &'static str,
    example: &'static str,
}

const UNITS: &[UnitOf] = &[
    UnitOf { end: "_fen", chinese: "分", english: "fen", example: "12000000" },
    UnitOf { end: "_bp", chinese: "个基点（万分之一）", english: "basis points", example: "500" },
    UnitOf { end: "_days", chinese: "日", english: "days", example: "30" },
    UnitOf { end: "_months", chinese: "个月", english: "months", example: "240" },
    UnitOf { end: "_years", chinese: "年", english: "years", example: "20" },
    UnitOf { end: "_bytes", chinese: "字节", english: "bytes", example: "1024" },
];

fn unit_of(field: &str) -> Option<&'static UnitOf> {
    UNITS.iter().find(|it| field.ends_with(it.end))
}

/// A figure with the unit of its field.
fn measured(figure: &str, field: &str) -> Both {
    match unit_of(field) {
        Some(unit) => (format!("{figure} {}", unit.chinese), format!("{figure} {}", unit.english)),
        None => (figure.to_owned(), figure.to_owned()),
    }
}

fn both(chinese: impl Into<String>, english: impl Into<String>) -> Both {
    (chinese.into(), english.into())
}

/// What some fields say of some reasons, in words of their own: field, code, Chinese, English.
const OF_FIELDS: &[(&str, &str, &str, &str)] = &[
    (
        "resubmits",
        "not_applicable",
        "该案件既未被驳回也未撤回，不能重新申请；请填写已被驳回或者撤回的同类案件，不是重新申请的不填。",
        "The case is neither rejected nor withdrawn: name one that is, or leave this out.",
    ),
    (
        "resubmits",
        "not_found",
        "您的辖区内没有这件同类案件；请填写已被驳回或者撤回的同类案件的编号，不是重新申请的不填。",
        "There is no such case of this kind in your region: name one that was rejected or withdrawn, or leave this out.",
    ),
    (
        "asset",
        "required",
        "请写明更正的是哪一项：资产（`asset`）、项目（`project`）、合同（`contract`）三者择一填写。",
        "Say what is put right: just one of asset, project and contract.",
    ),
    (
        "project",
        "contradicts",
        "一件更正案件只办一项；请在资产（`asset`）、项目（`project`）、合同（`contract`）中只填一项，其余另案提出。",
        "One amendment puts one thing right: keep one of asset, project and contract, and ask for the others apart.",
    ),
    (
        "contract",
        "contradicts",
        "一件更正案件只办一项；请在资产（`asset`）、项目（`project`）、合同（`contract`）中只填一项，其余另案提出。",
        "One amendment puts one thing right: keep one of asset, project and contract, and ask for the others apart.",
    ),
    (
        "contract_id",
        "not_found",
        "没有这份合同，或者它不是关于该资产的；请填写以该资产为标的的合同编号，没有合同的不填。",
        "There is no such contract about this asset in your region. Name one about this asset, or none.",
    ),
    (
        "objection_ids",
        "not_found",
        "本公示没有这件异议；请填写 `GET /v1/notices/{id}/objections` 列出的编号。",
        "There is no such objection against this notice. Name those that its list of objections shows.",
    ),
    (
        "to_user_id",
        "not_found",
        "没有这名用户，或者其账号已停用；请填写可以登录的用户的编号。",
        "There is no such user who can sign in; name one who can.",
    ),
    (
        "to_user_id",
        "required_with",
        "请填写受托人：`to_user_id`（编号）或者 `to_username`（登录名），二者填一。",
        "Say who is to take the steps: to_user_id, or to_username, the name under which they sign in.",
    ),
    (
        "to_username",
        "not_found",
        "没有可以代您办理的这名用户：请填写本单位或者上级单位办理案件、账号未停用的人员的登录名。",
        "Nobody of that name can take steps in your place: name somebody who takes steps in cases, of the same office or of a higher one.",
    ),
    (
        "steps",
        "not_applicable",
        "您的角色不办理此步骤，不能委托他人代行；请只填写自己可以办理的步骤。",
        "Nobody delegates what they may not do themselves: name only steps that your own roles take.",
    ),
    (
        "contract_id",
        "not_applicable",
        "处置价款、补偿款不属于合同收款；请不要填写本项。",
        "What is received for the asset itself falls due under no contract of its use; leave this out.",
    ),
    (
        "lessee_id",
        "contradicts",
        "承租方不得与出租方（`lessor_id`）相同；请填写另一主体的编号。",
        "Nobody rents from themselves; name another party than lessor_id.",
    ),
    (
        "to_id",
        "contradicts",
        "不得与对方为同一主体；请填写另一主体的编号。",
        "This must be another party than the one at the other end.",
    ),
    (
        "released_on",
        "contradicts",
        "解除日期不得早于限制开始之日（`period.from`）；请填写当日或以后的日期。",
        "Nothing is released before it begins; this must be period.from, or a later day.",
    ),
    (
        "effective_on",
        "contradicts",
        "生效日期不得早于资产的取得日期（`acquired_on`）；请填写当日或以后的日期。",
        "Nobody owns an asset before there is one; this must be acquired_on, or a later day.",
    ),
    (
        "booked_on",
        "dates_reversed",
        "冲销日期不得早于原记账日期（收款为 `received_on`，付款为 `paid_on`）；请填写当日或以后的日期。",
        "Nothing is reversed before it was booked; this must be the day on which it came in (received_on) or was paid (paid_on), or \
         a later one.",
    ),
    (
        "successor_id",
        "contradicts",
        "主体不能由自己承继；请填写承继其权利义务的另一主体，没有承继主体的删去本项。",
        "A party does not succeed itself; name the other one that does, or leave this out.",
    ),
    (
        "known_at",
        "in_future",
        "不得晚于现在这一时刻；请填写已经过去的时刻，例如 `2025-07-01T00:00:00Z`。",
        "This must not lie in the future; name an instant that has passed, such as 2025-07-01T00:00:00Z.",
    ),
    (
        "file",
        "too_short",
        "文件是空的，没有内容；请重新选择文件后上传。",
        "The file is empty; choose the file again and send it.",
    ),
    (
        "from",
        "contradicts",
        "期限的起始日期须与生效日期（`effective_on`）相同；请改为同一日。",
        "The term must begin on effective_on.",
    ),
    (
        "status",
        "contradicts",
        "该资产已经终止（报废、灭失、处置、分割、合并或作废），不能再改为其他状态；请不要填写本项。",
        "The asset has ended, and its status does not change any more; leave this out.",
    ),
    (
        "category",
        "required_with",
        "各资产的类别不同；请填写合并后的类别，例如 `greenhouse`。",
        "The assets are not of one category; say of which the whole is, such as greenhouse.",
    ),
    (
        "quantity",
        "contradicts",
        "计量单位相同时，合并后的数量须等于各资产数量之和；请核对后改正。",
        "Where the unit is the same, the quantity of the whole must be the sum of the quantities.",
    ),
    (
        "arrears_escalate_days",
        "contradicts",
        "上报日数不得少于提示日数（`arrears_warn_days`）；请改为不少于该日数。",
        "This must not be fewer days than arrears_warn_days.",
    ),
    (
        "min_bp",
        "contradicts",
        "下限不得高于上限（`max_bp`）；请核对后改正其中一项。",
        "The least part must not be more than the greatest, max_bp.",
    ),
    (
        "until",
        "not_applicable",
        "所有权没有期限；更正所有权时请不要填写本项。",
        "Ownership moves for good; leave this out where ownership is corrected.",
    ),
    (
        "term",
        "not_applicable",
        "所有权没有期限；转让所有权时请不要填写本项。",
        "Ownership moves for good; leave this out where ownership is transferred.",
    ),
    (
        "right",
        "not_applicable",
        "所有权不是按期授予的，不能提前终止或续期；请填写 `management`（经营权）或 `income`（收益权）。",
        "Ownership is not granted for a term; this must be management or income.",
    ),
    (
        "region_code",
        "wrong_kind",
        "须为村级或乡级区划的代码，例如 `130828101201`。",
        "This must be the code of a village or a township, such as 130828101201.",
    ),
    (
        "cursor",
        "wrong_form",
        "须原样填写本列表上一页给出的 `next_cursor`，且查询条件不得改变。",
        "This must be the next_cursor of this very list, asked for with the same filters.",
    ),
    (
        "scheme",
        "contradicts",
        "与主体的种类不符：自然人和农户填写 `citizen_id`（公民身份号码），其他主体填写 `uscc`（统一社会信用代码），没有的填写 `none`；请改正。",
        "People and households are known by citizen_id, all others by uscc, and those who have neither by none.",
    ),
    (
        "signature",
        "wrong_form",
        "须为已登记的见证机构对该检查点的签名，即 `journal.witnesses` 中所列密钥作出的签名。",
        "This must be a cosignature of this checkpoint by one of the witnesses in journal.witnesses.",
    ),
];

fn own_words(field: &str, reason: &Reason) -> Option<Both> {
    let of_field = OF_FIELDS.iter().find(|(name, code, ..)| *name == field && *code == reason.code());
    // Of parts of an asset, the other field says what has to sum up.
    if let (None, "parts", Reason::Contradicts { other }) = (of_field, field, reason) {
        return Some((
            format!("各部分的 `{other}` 之和须等于原资产的 `{other}`；请核对后改正。"),
            format!("What the parts have of {other} must sum to what the whole has of it."),
        ));
    }
    // Nobody held what was not there, nor was anything owed or paid for it.
    if let ("acquired_on", Reason::TooLate { latest }) = (field, reason) {
        return Some((
            format!(
                "自 {latest} 起该资产已有权利、合同、收款、限制或管护责任在册；取得日期不得晚于该日，请改正。"
            ),
            format!(
                "From {latest} on rights, contracts, receipts, restrictions or assignments of the asset are on record; it must have \
                 been there by that day."
            ),
        ));
    }
    // Of an asset that was divided or merged, with what its quantity has to agree.
    if let ("quantity", Reason::Contradicts { other }) = (field, reason) {
        match other.as_str() {
            PARTS => {
                return Some(both(
                    "该资产已经分割，或者由其他资产合并而成；计量单位相同时，数量须等于各部分之和，不能单独更正，请核对后改正。",
                    "The asset was divided, or came of a merger: where the unit is the same, this must be the sum of what the parts have.",
                ));
            }
            WHOLE => {
                return Some(both(
                    "该资产由分割而来，或者已经合并；计量单位相同时，各部分数量之和须等于整体的数量，不能单独更正，请核对后改正。",
                    "The asset is a part of what was divided, or was merged: where the unit is the same, the parts must come to the whole.",
                ));
            }
            _ => {}
        }
    }
    of_field.map(|(_, _, chinese, english)| both(*chinese, *english))
}

/// A parameter is in UTF-8.
pub(crate) const IN_UTF8: &str = "percent-encoded UTF-8";

/// A file has a name that can be read.
pub(crate) const NAMED_IN_UTF8: &str = "a file name in UTF-8";

/// A file is named as the standard has it.
pub(crate) const NAMED_BY_RFC_8187: &str = "filename* in UTF-8, as RFC 8187 writes it";

/// A file has a media type that can be kept.
pub(crate) const SHORT_MEDIA_TYPE: &str = "a media type of at most 255 characters";

/// What fits a form: the pattern, the format or the words by which a form is known; Chinese; English.
const FORMS: &[(&[&str], &str, &str)] = &[
    (
        &["^[a-z][a-z0-9_]{1,47}$"],
        "须为 2 至 48 个字符的小写英文代码，以字母开头，可含数字和下划线，例如 `greenhouse`。",
        "This must be a code of 2 to 48 small letters, digits and underscores that begins with a letter, such as greenhouse.",
    ),
    (
        &["^[a-z_]{2,64}$"],
        "须为 2 至 64 个字符的小写英文代码，可含下划线，例如 `roof_repair`。",
        "This must be a code of 2 to 64 small letters and underscores, such as roof_repair.",
    ),
    (
        &["^[0-9]{1,19}(/[0-9]{1,19})?$", "n/d, such as 1/3, or 1"],
        "须为分数，例如 `1/3`；全部写作 `1`。",
        "This must be a fraction such as 1/3, or 1 for the whole.",
    ),
    (
        &["a measure of land"],
        "该类型是土地，计量单位须为 `亩`、`公顷` 或者 `平方米`；建筑物、设施请用自己的类型。",
        "Something of this category is land, and is measured as land is (mu, ha, m2); a building or a facility has a category of its own.",
    ),
    (
        &["[0-9]"],
        "须写明登记编号，编号中应有数字。",
        "This must name the number under which it stands there, which has a figure in it.",
    ),
    (&["^(0|[1-9][0-9]*)/[1-9][0-9]*$"], "须为分数，例如 `1/6`。", "This must be a fraction, such as 1/6."),
    (
        &[r"^(0\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,11}(\.[0-9]{1,6})?)$"],
        "须为大于零的数，整数至多 12 位，小数至多 6 位，写在双引号内，例如 `\"3.5\"`。",
        "This must be a number above zero in quotes, with at most 12 digits and 6 decimals, such as \"3.5\".",
    ),
    (
        &[
            "^([1-9][0-9](0{10}|(0[1-9]|[1-9][0-9])(0{8}|(0[1-9]|[1-9][0-9])(0{6}|(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})([0-9]{3}))))|(4419|4420|4604|6202)00(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})([0-9]{3}))$",
            "twelve digits of a division code",
        ],
        "须为 12 位区划代码，例如 `130828101201`（村）、`130828101000`（乡镇）、`130828000000`（县）。",
        "This must be a division code of 12 digits, such as 130828101201 of a village or 130828000000 of a county.",
    ),
    (
        &["^[0-9]{1,12}$"],
        "须为区划代码的前 1 至 12 位数字，例如 `130828`。",
        "This must be the first 1 to 12 digits of division codes, such as 130828.",
    ),
    (
        &["^[a-z0-9][a-z0-9._-]{0,63}$"],
        "须为 1 至 64 个字符，可用小写英文字母、数字和 `.`、`_`、`-`，以字母或数字开头，例如 `officer2`。",
        "This must be 1 to 64 small letters, digits, dots, underscores and hyphens that begin with a letter or digit, such as officer2.",
    ),
    (
        &["^[!-~]{1,128}$", "1 to 128 visible ASCII characters"],
        "须为 1 至 128 个英文字母、数字或符号，不含空格和汉字，例如随机编号 `0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e`。",
        "This must be 1 to 128 visible ASCII characters, such as the UUID 0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e.",
    ),
    (
        &["^[^\\x00-\\x1f\\x7f]+$", "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"],
        "须为要查找的文字，不得含有控制字符，例如 `合作社`。",
        "This must be text to look for, without control characters.",
    ),
    (
        &[
            "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}",
            "^[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{10}$",
        ],
        "须为 18 位统一社会信用代码，例如 `91350100M000100Y43`。",
        "This must be a unified social credit code of 18 characters, such as 91350100M000100Y43.",
    ),
    (
        &["[1-9][0-9]{16}[0-9X]", "^[1-9][0-9]{16}[0-9Xx]$"],
        "须为 18 位公民身份号码，末位为数字或 `X`，例如 `11010519491231002X`。",
        "This must be a citizen's number of 18 characters, such as 11010519491231002X.",
    ),
    (
        &[IN_UTF8],
        "须先以 UTF-8 编码，再作百分号转义，例如“大棚”写作 `%E5%A4%A7%E6%A3%9A`。",
        "This must be UTF-8 with percent signs, such as %E5%A4%A7%E6%A3%9A.",
    ),
    (
        &[NAMED_IN_UTF8],
        "文件名须以 UTF-8 编码，例如 `成员大会决议.pdf`；请以 UTF-8 重新发送。",
        "The name of the file must be in UTF-8; send it again so.",
    ),
    (
        &[NAMED_BY_RFC_8187],
        "`filename*` 须按 `RFC 8187` 以 UTF-8 编码书写，例如 `UTF-8''%E7%BA%AA%E8%A6%81.pdf`。",
        "The filename* must be in UTF-8, as RFC 8187 writes it, such as UTF-8''minutes.pdf.",
    ),
    (
        &[SHORT_MEDIA_TYPE],
        "文件的媒体类型（`Content-Type`）至多 255 个字符，例如 `application/pdf`；请改正。",
        "The media type of the file must have at most 255 characters, such as application/pdf.",
    ),
    (
        &["^[a-z_]{1,64}$"],
        "须为日志所记操作的代码，由小写英文字母和下划线组成，例如 `asset_recorded`。",
        "This must be the code of an action, in small letters and underscores, such as asset_recorded.",
    ),
    (
        &["uuid"],
        "须为登记系统给出的编号，例如 `0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e`。",
        "This must be an identifier of the registry, such as 0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e.",
    ),
    (
        &["date-time"],
        "须为带时区的时刻，例如 `2025-07-01T00:00:00Z`。",
        "This must be an instant with its time zone, such as 2025-07-01T00:00:00Z.",
    ),
];

/// What is looked for, and may not be there.
const THINGS: &[(&str, &str)] = &[
    ("asset", "资产"),
    ("party", "主体"),
    ("document", "文件"),
    ("project", "项目"),
    ("contract", "合同"),
    ("user", "用户"),
    ("checkpoint", "检查点"),
    ("holder of income", "收益权人"),
    ("objection", "异议"),
    ("case", "案件"),
];

/// A JSON type, in Chinese and in English, with an example of it.
fn json_type(name: &str, field: &str) -> Both {
    let unit = unit_of(field);
    let (chinese, english, example) = match name {
        "string" => ("文字（写在双引号内）", "a text", "\"abc\""),
        "integer" => ("整数（不加引号）", "a whole number", unit.map_or("1", |it| it.example)),
        "number" => ("数（不加引号）", "a number", "1"),
        "boolean" => ("`true`（是）或 `false`（否）", "true or false", "true"),
        "array" => ("列表（写在方括号内）", "a list", "[…]"),
        "object" => ("一组字段（写在花括号内）", "an object", "{…}"),
        "null" => ("空值", "null", "null"),
        _ => ("接口说明所列的类型", "of a documented type", ""),
    };
    let (mut chinese, english) = (chinese.to_owned(), english.to_owned());
    if let Some(unit) = unit {
        chinese = format!("{chinese}，单位为{}", unit.chinese);
    }
    let example = if name == "string" && !field.is_empty() { "" } else { example };
    match (name, example) {
        ("boolean" | "null" | "array" | "object", _) | (_, "") => (chinese, english),
        (_, example) => (format!("{chinese}，例如 `{example}`"), format!("{english}, such as {example}")),
    }
}

/// Another field as a sentence names it, and what it is where that is said with it: `kind = kin`, `kind is rent`.
fn named(other: &str) -> Option<Both> {
    let is_name =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || "/_.~-".contains(it));
    let stated = other.split_once(" = ").or_else(|| other.split_once(" is "));
    match stated {
        Some((field, value)) if is_name(field) && is_name(value) => {
            Some((format!("`{field}` 为 `{value}` 时"), format!("where {field} is {value}")))
        }
        _ if is_name(other) => Some((format!("`{other}`"), other.to_owned())),
        _ => None,
    }
}

/// The sentence for a reason: what would be right.
fn words(field: &str, reason: &Reason) -> Both {
    match reason {
        Reason::Required => both("必填，请补充本项。", "This field is required."),
        Reason::RequiredWith { other } => match named(other) {
            Some((chinese, english)) if english.starts_with("where ") => {
                (format!("{chinese}必填，请补充本项。"), format!("This field is required {english}."))
            }
            Some((chinese, english)) => (
                format!("须与 {chinese} 一并填写，请补充本项。"),
                format!("This field is required with {english}."),
            ),
            None if other.starts_with("since ") => {
                let why = match other.as_str() {
                    "since cases rest on it" => "已有案件据此审查，",
                    "since it runs what the village let to it" => "该组织仍享有资产的权利，",
                    "since it secures what is owed to its holder" => "该担保所担保的是集体或者国家的债权，",
                    _ => "在此情形下",
                };
                (format!("{why}本项必填，请补充。"), format!("This field is required here, {other}."))
            }
            None => (
                "在此情形下必填，请补充本项。".to_owned(),
                format!("This field is required with this: {other}."),
            ),
        },
        Reason::UnknownField => both(
            "没有这个字段；请核对名称，或删去本项。",
            "There is no such field; check its name, or leave it out.",
        ),
        Reason::WrongType { wanted } => {
            let types: Vec<_> = wanted.split(" / ").map(|it| json_type(it, field)).collect();
            let (chinese, english): (Vec<_>, Vec<_>) = types.into_iter().unzip();
            (format!("须为{}。", chinese.join("，或者")), format!("This must be {}.", english.join(", or ")))
        }
        Reason::TooShort { min } => {
            (format!("至少须有 {min} 个字符。"), format!("This must have at least {min} characters."))
        }
        Reason::TooLong { max } => {
            (format!("至多 {max} 个字符，请精简。"), format!("This must have at most {max} characters."))
        }
        Reason::TooFew { min } => {
            (format!("至少须有 {min} 项。"), format!("There must be at least {min} of them."))
        }
        Reason::TooMany { max } => {
            (format!("至多 {max} 项，请分几次提交。"), format!("There must be at most {max} of them."))
        }
        Reason::TooSmall { min } if min.parse::<NaiveDate>().is_ok() => {
            (format!("不得早于 {min}，请改正。"), format!("This must not be earlier than {min}."))
        }
        Reason::TooLarge { max } if max.parse::<NaiveDate>().is_ok() => {
            (format!("不得晚于 {max}，请改正。"), format!("This must not be later than {max}."))
        }
        Reason::TooSmall { min } => {
            let (chinese, english) = measured(min, field);
            (format!("不得小于 {chinese}，请改正。"), format!("This must be at least {english}."))
        }
        Reason::TooLarge { max } => {
            let (chinese, english) = measured(max, field);
            (format!("不得大于 {chinese}，请改正。"), format!("This must be at most {english}."))
        }
        Reason::Exceeds { other, most } => {
            let chinese = match *other {
                "members" => "应到人数",
                "attended" => "实到人数",
                _ => "另一项",
            };
            (
                format!("不得大于{chinese} {most}（`{other}`），请核对后改正。"),
                format!("This must not be more than the {most} of {other}."),
            )
        }
        Reason::BelowLegalMinimum { min } => {
            let (chinese, english) = measured(min, field);
            (format!("不得低于法定下限 {chinese}，请改正。"), format!("The law asks for at least {english}."))
        }
        Reason::NotOneOf { allowed } => one_of(allowed),
        Reason::WrongForm { wanted } => {
            let form = FORMS.iter().find(|(names, ..)| names.contains(&wanted.as_str()));
            match form {
                Some((_, chinese, english)) => both(*chinese, *english),
                None => both(
                    "填写的形式不对；请按接口说明中本字段的形式和示例填写。",
                    "This is not in the form that the document of the interface shows for it.",
                ),
            }
        }
        Reason::Blank => {
            both("不得为空白，须至少有一个可见的字。", "There must be at least one visible character.")
        }
        Reason::ControlCharacter => both(
            "不得含有控制字符，请删去后重新填写（较长的文字可以换行）。",
            "There must be no control characters; longer texts may have line breaks.",
        ),
        Reason::WrongCheckCharacter => both(
            "校验位与其余各位不符；请对照证件逐位核对后重新填写。",
            "The check character does not fit the rest; compare it with the paper, character by character.",
        ),
        Reason::WrongDate => both(
            "须为 1900 年至 2999 年之间实有的日期，写作年-月-日，例如 `2025-03-31`。",
            "This must be a day of the calendar between 1900 and 2999, such as 2025-03-31.",
        ),
        Reason::DatesReversed => {
            both("结束日期须晚于开始日期，请核对后改正。", "The end must be later than the beginning.")
        }
        Reason::InFuture => both("不得晚于今天，请核对后改正。", "This must not lie in the future."),
        Reason::BeforeAsset { since } => (
            format!("该资产自 {since} 起才存在；请填写该日或以后的日期。"),
            format!("The asset has been there since {since}; the day must not be earlier."),
        ),
        Reason::TooLate { latest } => {
            (format!("日期不得晚于 {latest}，请改正。"), format!("The day must not be later than {latest}."))
        }
        Reason::AboveCeiling { yuan } => (
            format!("按现行政策，单笔收入不得超过 {yuan} 元；金额以分为单位，请核对是否多写了零。"),
            format!(
                "One receipt is at most {yuan} yuan by the policy in force (receipt_ceiling_fen). Amounts are in fen: are there \
                 too many zeros?"
            ),
        ),
        Reason::ZeroDenominator => both(
            "分母不得为零；须为分数，例如 `1/3`。",
            "The denominator must not be zero; write 1/3, for example.",
        ),
        Reason::ShareNotPositive => {
            both("份额须大于零，例如 `1/3`。", "A share must be greater than zero, such as 1/3.")
        }
        Reason::ShareAboveWhole => both(
            "份额不得大于全部；须不大于 `1`，例如 `1/3`。",
            "A share must not be greater than the whole, which is 1.",
        ),
        Reason::ShareTooFine => both(
            "份额过细；请改用分子、分母较小的分数，例如 `1/3`。",
            "Numerator and denominator must fit in 64-bit integers exactly; use smaller numbers, such as 1/3.",
        ),
        Reason::SharesNotWhole { sum } => (
            format!("各份额之和须等于 1，现为 {sum}；请核对后改正。"),
            format!("The shares must sum to 1; they sum to {sum}."),
        ),
        Reason::NotFound { what } => {
            let thing = THINGS.iter().find(|(it, _)| it == what).map_or("记录", |(_, chinese)| chinese);
            (
                format!("您的辖区内没有这个编号的{thing}；请核对编号，或先登记该{thing}。"),
                format!(
                    "There is no {what} with this identifier in your region; check it, or record the {what} first."
                ),
            )
        }
        Reason::UnknownRegion => both(
            "该区划尚未登记，或不在您的辖区之内；请核对代码，或请管理员登记该区划。",
            "The region is not registered, or lies outside yours; check the code, or ask an administrator to record it.",
        ),
        Reason::NoParentRegion { parent } => (
            format!("上级区划 {parent} 尚未登记；请先登记该区划，再登记本区划。"),
            format!("The region {parent} around it is not recorded; record that one first."),
        ),
        Reason::PartyEnded { on } => (
            format!("该主体已于 {on} 终止；请填写当日仍存续的主体。"),
            format!("The party ended on {on}; name one that is still there."),
        ),
        Reason::PartyEndsBefore { on } => (
            format!(
                "该主体于 {on} 终止，早于所登记期限的届满日；有终止日（`until`、`term.to`）的，请不晚于该日，没有的，请填写届时仍存续的主体，\
                 例如其承继主体。"
            ),
            format!(
                "The party ends on {on}, before this does: let it end on that day at the latest where it has an end (until, term.to), \
                 and else name whoever is there longer, such as its successor."
            ),
        ),
        Reason::CitizenNumber => both(
            "这是公民身份号码，不能作为统一社会信用代码；自然人、农户请改用 `citizen_id` 登记。",
            "This is the number of a citizen, not the code of an organisation: give it as citizen_id, of a person or a \
             household.",
        ),
        Reason::UnknownRegistration => both(
            "前两位不是现行的登记管理部门和机构类别代码；请对照证书核对，例如企业为 91，农民专业合作社为 93，村民委员会为 54，\
             村集体经济组织为 `N2`。",
            "The first two characters are no registering authority and kind of body; compare them with the paper, such as 91 \
             for a company, 93 for a farmers' cooperative, 54 for a villagers' committee, N2 for a village collective.",
        ),
        Reason::PartyErased => both(
            "该主体的个人信息已依法删除，不能再成为办理对象；请填写其他主体。",
            "What identified this person was erased by law; nothing can be given to or asked of them any more: name another \
             party.",
        ),
        Reason::OnlyToSuccessor { on, successor: Some(successor) } => (
            format!("该主体已于 {on} 终止，其权利只能转给承继主体；请将受让方（`to_id`）改为“{successor}”。"),
            format!(
                "The party ended on {on}; what it still holds can go to its successor only: to_id must be {successor}."
            ),
        ),
        Reason::OnlyToSuccessor { on, successor: None } => (
            format!(
                "该主体已于 {on} 终止，且未登记承继主体；请先以 `successor_id` 登记承继主体，再将权利转给该主体。"
            ),
            format!(
                "The party ended on {on} and has no successor on record; name one as successor_id first, to whom what it \
                 still holds can go."
            ),
        ),
        Reason::NoGrantOfItsOwn => both(
            "该合同没有可单独识别的经营权（单独登记的合同、或者已部分转租的租赁）；请先终止转租，或者不填本项而以 `share` 写明终止的份额。",
            "No grant can be told to be that of this contract alone: it was recorded by itself, or something was let on. End what was let \
             on first, or leave this out and say by share how much ends.",
        ),
        Reason::NothingLeft => (
            "该合同项下已没有可以终止的权利；请核对合同编号。".to_owned(),
            "Nothing is left that this contract let; check which contract is meant.".to_owned(),
        ),
        Reason::OverByThen { on } => (
            format!(
                "该租赁在首次登记生效日（`effective_on`，{on}）以前已届满，不是存续的租赁；请从首次登记中删去，另以 `POST /v1/contracts` \
                 登记该合同（写明 `term`、`schedule`、`recorded_late`），其租金在该合同下登记收款。"
            ),
            format!(
                "This was over by the day of the registration (effective_on, {on}), and stands no longer: leave it out here, and \
                 record it by itself at POST /v1/contracts, with its term, its schedule and recorded_late; what came in for it is \
                 received under that contract."
            ),
        ),
        Reason::BeginsLater { latest } => (
            format!(
                "该租赁在首次登记生效日（至迟 {latest}）以后才开始，不是届时存续的租赁；请先登记权属，再以 `POST /v1/transfers` 登记该租赁：\
                 `effective_on` 和 `term.from` 填写起租日（已签订、日后起租的，填写将来的起租日；早已起租的，填写 `recorded_late`）。"
            ),
            format!(
                "This begins after the day of the registration ({latest} at the latest), and did not stand then: register the owners \
                 first, and then the lease at POST /v1/transfers, with its first day as effective_on and term.from (a day to come \
                 where it is signed and begins later; with recorded_late where it began long ago)."
            ),
        ),
        Reason::WrongKind { wanted } => kind_of(field, wanted),
        Reason::OnRecord => both(
            "登记簿中已有同样的登记；请查找并使用已有的记录，不要重复登记。",
            "This is on record already; find that record and use it.",
        ),
        Reason::Duplicate => both("与另一项重复；请删去重复的一项。", "This is named twice; leave one out."),
        Reason::Contradicts { other } => match named(other) {
            Some((chinese, english)) => (
                format!("与 {chinese} 不一致；请核对后改正其中一项。"),
                format!("This does not go with {english}; change one of them."),
            ),
            None => (
                "与其他内容不一致；请核对后改正。".to_owned(),
                format!("This does not go with this: {other}."),
            ),
        },
        Reason::TooGuessable => both(
            "该密码太容易被猜到：请勿使用重复或连续的字符、键盘上相邻的键、常用密码或本人的用户名；\
             请用几个互不相干的词组成较长的密码，例如 `大棚里第七只羊爱喝隔夜茶` 这样的句子（不要照抄）。",
            "This password is guessed too soon: use no repeated or successive characters, no neighbours on the keyboard, no \
             common password and not your own user name, but some words that have nothing to do with each other, such as \
             \"seventh goat prefers green tea\" (not this one).",
        ),
        Reason::WrongPassword => both(
            "与当前密码不符；请重新输入当前密码，忘记的请联系管理员。",
            "This is not the password that you have now.",
        ),
        Reason::SamePassword => {
            both("新密码不得与当前密码相同；请另定一个。", "The new password must be another one.")
        }
        Reason::NotApplicable { because } if because.ends_with(" is missing") => {
            let missing = because.trim_end_matches(" is missing");
            (
                format!("须与 `{missing}` 一并填写；请补充 `{missing}`，或者删去本项。"),
                format!("This goes with {missing} only; say that as well, or leave this out."),
            )
        }
        Reason::NotApplicable { because } => match named(because) {
            Some((chinese, english)) if english.starts_with("where ") => (
                format!("{chinese}不填本项，请删去。"),
                format!("This does not apply {english}; leave it out."),
            ),
            Some((chinese, english)) => (
                format!("与 {chinese} 不能同时填写，请删去本项。"),
                format!("This does not apply with {english}; leave it out."),
            ),
            None => (
                "在此情形下不填本项，请删去。".to_owned(),
                format!("This does not apply here, since {because}; leave it out."),
            ),
        },
        Reason::OverrideMissing { rule, chinese, english } => (
            format!(
                "规则 `{rule}`{chinese}。仍要批准的，请在 `overrides` 中列明该规则并写明理由，例如 \
                 `{{\"rule\": \"{rule}\", \"reason\": \"经评估复核，价格合理\"}}`。"
            ),
            format!(
                "Rule {rule} {english}. To approve all the same, name it here with your reason: \
                 {{\"rule\": \"{rule}\", \"reason\": \"why\"}}."
            ),
        ),
        Reason::NothingToOverride { rule, wanted } if wanted.is_empty() => (
            format!("规则 `{rule}` 现在没有须由县级决定的问题，本案无须说明理由；请删去本项。"),
            format!(
                "Rule {rule} has found nothing that goes to the county, nor has any other; leave this out."
            ),
        ),
        Reason::NothingToOverride { rule, wanted } => {
            let quoted: Vec<_> = wanted.iter().map(|it| format!("`{it}`")).collect();
            (
                format!(
                    "规则 `{rule}` 现在没有须由县级决定的问题；须说明理由的规则为{}，请改正。",
                    quoted.join("、")
                ),
                format!(
                    "Rule {rule} has found nothing that goes to the county; those that have are {}: name these.",
                    wanted.join(", ")
                ),
            )
        }
    }
}

/// The values of a closed list, each with its word in Chinese.
fn one_of(allowed: &str) -> Both {
    let codes: Vec<&str> = allowed.split(", ").map(|it| it.trim_matches('"')).collect();
    let words = vocabulary::of_list(&codes, Language::Chinese);
    let chinese: Vec<_> = match &words {
        Some(words) => codes.iter().zip(words).map(|(code, word)| format!("`{code}`（{word}）")).collect(),
        None => codes.iter().map(|code| format!("`{code}`")).collect(),
    };
    (format!("须为下列之一：{}。", chinese.join("、")), format!("This must be one of: {}.", codes.join(", ")))
}

/// The kind that would be right: a code of a list, or several.
fn kind_of(field: &str, wanted: &str) -> Both {
    let codes: Vec<&str> = wanted.split(", ").flat_map(|it| it.split(" or ")).collect();
    // The field is the identifier of something that has the kind, and not the kind itself.
    if field.ends_with("_id")
        && let (Some(chinese), Some(english)) =
            (vocabulary::of_list(&codes, Language::Chinese), vocabulary::of_list(&codes, Language::English))
    {
        return (
            format!("须填写下列种类主体的编号：{}；请先查找该主体，再填写其编号。", chinese.join("、")),
            format!("This must be the id of a party of one of these kinds: {}.", english.join(", ")),
        );
    }
    let chinese = match vocabulary::of_list(&codes, Language::Chinese) {
        Some(_) => one_of(&codes.join(", ")).0,
        None => "种类不符；请填写此处所要求种类的记录。".to_owned(),
    };
    (chinese, format!("The kind must be: {wanted}."))
}

/// One of each reason, with figures as they come.
#[cfg(test)]
pub(crate) fn samples() -> Vec<Reason> {
    let text = str::to_owned;
    let all = vec![
        Reason::Required,
        Reason::RequiredWith { other: text("scheme = uscc") },
        Reason::UnknownField,
        Reason::WrongType { wanted: text("integer") },
        Reason::TooShort { min: 8 },
        Reason::TooLong { max: 200 },
        Reason::TooFew { min: 1 },
        Reason::TooMany { max: 500 },
        Reason::TooSmall { min: text("0") },
        Reason::TooLarge { max: text("9007199254740991") },
        Reason::Exceeds { other: "members", most: 100 },
        Reason::BelowLegalMinimum { min: text("2/3") },
        Reason::NotOneOf { allowed: text("ownership, management, income") },
        Reason::WrongForm { wanted: text("n/d, such as 1/3, or 1") },
        Reason::Blank,
        Reason::ControlCharacter,
        Reason::WrongCheckCharacter,
        Reason::WrongDate,
        Reason::DatesReversed,
        Reason::InFuture,
        Reason::BeforeAsset { since: text("2021-07-01") },
        Reason::TooLate { latest: text("2027-11-28") },
        Reason::AboveCeiling { yuan: text("10000000.00") },
        Reason::ZeroDenominator,
        Reason::ShareNotPositive,
        Reason::ShareAboveWhole,
        Reason::ShareTooFine,
        Reason::SharesNotWhole { sum: text("5/6") },
        Reason::NotFound { what: "asset" },
        Reason::UnknownRegion,
        Reason::NoParentRegion { parent: text("130828101000") },
        Reason::PartyEnded { on: text("2024-06-30") },
        Reason::PartyEndsBefore { on: text("2024-06-30") },
        Reason::CitizenNumber,
        Reason::UnknownRegistration,
        Reason::PartyErased,
        Reason::OnlyToSuccessor { on: text("2024-06-30"), successor: None },
        Reason::NoGrantOfItsOwn,
        Reason::OverByThen { on: text("2021-08-01") },
        Reason::NothingLeft,
        Reason::BeginsLater { latest: text("2021-08-01") },
        Reason::WrongKind { wanted: text("household, person") },
        Reason::Duplicate,
        Reason::OnRecord,
        Reason::Contradicts { other: text("/effective_on") },
        Reason::TooGuessable,
        Reason::WrongPassword,
        Reason::SamePassword,
        Reason::NotApplicable { because: text("kind = kin") },
        Reason::OverrideMissing {
            rule: text("L07"),
            chinese: text("（与关联方交易）发现：受让方与出让方存在关联关系"),
            english: text("(Dealing with a related party) found: the receiver is related to the giver"),
        },
        Reason::NothingToOverride { rule: text("L07"), wanted: Vec::new() },
        Reason::NothingToOverride { rule: text("L07"), wanted: vec![text("L01"), text("L20")] },
    ];
    for reason in &all {
        // A new reason does not compile until it stands here, and above.
        match reason {
            Reason::Required
            | Reason::RequiredWith { .. }
            | Reason::UnknownField
            | Reason::WrongType { .. } => {}
            Reason::TooShort { .. }
            | Reason::TooLong { .. }
            | Reason::TooFew { .. }
            | Reason::TooMany { .. } => {}
            Reason::TooSmall { .. } | Reason::TooLarge { .. } | Reason::Exceeds { .. } => {}
            Reason::BelowLegalMinimum { .. } | Reason::NotOneOf { .. } | Reason::WrongForm { .. } => {}
            Reason::Blank | Reason::ControlCharacter | Reason::WrongCheckCharacter | Reason::WrongDate => {}
            Reason::DatesReversed | Reason::InFuture | Reason::ZeroDenominator | Reason::ShareNotPositive => {
            }
            Reason::ShareAboveWhole | Reason::ShareTooFine | Reason::SharesNotWhole { .. } => {}
            Reason::NotFound { .. } | Reason::UnknownRegion | Reason::PartyEnded { .. } => {}
            Reason::PartyEndsBefore { .. } => {}
            Reason::OverByThen { .. }
            | Reason::BeginsLater { .. }
            | Reason::NoGrantOfItsOwn
            | Reason::NothingLeft => {}
            Reason::WrongKind { .. } | Reason::Duplicate | Reason::Contradicts { .. } => {}
            Reason::OnRecord | Reason::NoParentRegion { .. } => {}
            Reason::NotApplicable { .. } | Reason::TooGuessable | Reason::WrongPassword => {}
            Reason::SamePassword | Reason::BeforeAsset { .. } => {}
            Reason::TooLate { .. } | Reason::AboveCeiling { .. } => {}
            Reason::CitizenNumber | Reason::UnknownRegistration => {}
            Reason::PartyErased | Reason::OnlyToSuccessor { .. } => {}
            Reason::OverrideMissing { .. } | Reason::NothingToOverride { .. } => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::shell::chinese::{assert_chinese, assert_english, assert_remedy};

    fn said(pointer: &str, reason: &Reason) -> Both {
        let at = Fault::at(pointer, reason.clone());
        (fault(&at, Language::Chinese), fault(&at, Language::English))
    }

    #[track_caller]
    fn check(pointer: &str, reason: &Reason) {
        let (chinese, english) = said(pointer, reason);
        assert_chinese(&chinese);
        assert_remedy(&chinese);
        assert_english(&english);
    }

    #[test]
    fn every_reason_says_in_both_languages_what_would_be_right() {
        let fields = ["/name", "/amount_fen", "/residual_rate_bp", "/service_life_months", "/lots/0", ""];
        for reason in samples() {
            for field in fields.into_iter().chain(OF_FIELDS.iter().map(|(field, ..)| *field)) {
                check(field, &reason);
            }
        }
        for kind in ["string", "integer", "number", "boolean", "array", "object", "null", "string / integer"]
        {
            for field in fields {
                check(field, &Reason::WrongType { wanted: kind.to_owned() });
            }
        }
        for (names, ..) in FORMS {
            for name in *names {
                check("/value", &Reason::WrongForm { wanted: (*name).to_owned() });
            }
        }
        for other in ["/asset_ids/0", "acquired_on", "kind = kin", "kind is rent", "nobody knows why"] {
            let other = other.to_owned();
            check("/any", &Reason::RequiredWith { other: other.clone() });
            check("/any", &Reason::Contradicts { other: other.clone() });
            check("/any", &Reason::NotApplicable { because: other });
        }
        check("/any", &Reason::WrongForm { wanted: "^[a-z]$".to_owned() });
        check("/any", &Reason::NotOneOf { allowed: "a, b".to_owned() });
        check("/parts", &Reason::Contradicts { other: "quantity".to_owned() });
    }

    #[test]
    fn figures_have_the_unit_of_their_field_and_codes_their_word() {
        let most = Reason::TooLarge { max: "1200".to_owned() };
        assert_eq!(said("/service_life_months", &most).0, "不得大于 1200 个月，请改正。");
        let whole = Reason::WrongType { wanted: "integer".to_owned() };
        assert_eq!(said("/amount_fen", &whole).0, "须为整数（不加引号），单位为分，例如 `12000000`。");
        let one = Reason::NotOneOf { allowed: "ownership, management, income".to_owned() };
        assert_eq!(
            said("/right", &one).0,
            "须为下列之一：`ownership`（所有权）、`management`（经营权）、`income`（收益权）。"
        );
        assert_eq!(
            said("/contract_id", &Reason::NotFound { what: "contract" }).0,
            "没有这份合同，或者它不是关于该资产的；请填写以该资产为标的的合同编号，没有合同的不填。"
        );
    }

    #[test]
    fn days_are_earlier_or_later_and_identifiers_are_of_a_kind() {
        let born = Reason::TooSmall { min: "1982-12-04".to_owned() };
        assert_eq!(said("/decided_on", &born).0, "不得早于 1982-12-04，请改正。");
        assert_eq!(
            said(
                "/decision/by_id",
                &Reason::WrongKind { wanted: "village_collective, cooperative".to_owned() }
            )
            .0,
            "须填写下列种类主体的编号：农村集体经济组织、农民专业合作社；请先查找该主体，再填写其编号。"
        );
        let since = Reason::Contradicts { other: "2021-08-01".to_owned() };
        assert!(said("/corrected/acquired_on", &since).0.contains("2021-08-01"));
        let most = Reason::Exceeds { other: "members", most: 100 };
        assert_eq!(said("/decision/attended", &most).0, "不得大于应到人数 100（`members`），请核对后改正。");
    }

    #[test]
    fn every_thing_that_may_not_be_found_has_its_word() {
        for file in crate::http::shell::chinese::sources() {
            for after in file.split("NotFound { what: \"").skip(1) {
                let what = after.split('"').next().unwrap_or_default();
                assert!(THINGS.iter().any(|(it, _)| *it == what), "no Chinese word for {what}");
            }
        }
    }

    #[test]
    fn every_form_of_the_interface_has_its_sentence() {
        fn forms(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
            for name in ["pattern", "format"] {
                found.extend(value[name].as_str().map(str::to_owned));
            }
            match value {
                serde_json::Value::Object(fields) => fields.values().for_each(|it| forms(it, found)),
                serde_json::Value::Array(items) => items.iter().for_each(|it| forms(it, found)),
                _ => {}
            }
        }
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/sanquan.json");
        let document = serde_json::from_str(&std::fs::read_to_string(document).unwrap()).unwrap();
        let mut found = std::collections::BTreeSet::new();
        forms(&document, &mut found);
        // Told by reasons of their own, or only answered.
        found.retain(|it| !["date", "int32", "int64", "double", "binary", "password"].contains(&it.as_str()));
        found.retain(|it| crate::values::words::refused(it, "\u{0}").is_none());
        found.retain(|it| !FORMS.iter().any(|(names, ..)| names.contains(&it.as_str())));
        assert_eq!(found, std::collections::BTreeSet::new());
    }
}
