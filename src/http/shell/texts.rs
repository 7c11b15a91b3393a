//! What is wrong with a field, in words of two languages.

use crate::{http::shell::language::Language, values::Reason};

/// The sentence for a reason: what would be right.
pub(crate) fn reason(reason: &Reason, language: Language) -> String {
    let (chinese, english) = match reason {
        Reason::Required => ("必填。".to_owned(), "This field is required.".to_owned()),
        Reason::Exceeds { other } => {
            (format!("不得大于 {other}。"), format!("This must not be more than {other}."))
        }
        Reason::BelowLegalMinimum { min } => {
            (format!("不得低于法定下限 {min}。"), format!("The law asks for at least {min}."))
        }
        Reason::RequiredWith { other } => {
            (format!("{other} 时必填。"), format!("This field is required where {other}."))
        }
        Reason::UnknownField => ("没有这个字段。".to_owned(), "There is no such field.".to_owned()),
        Reason::WrongType { wanted } => {
            (format!("类型应为 {wanted}。"), format!("This must be of type {wanted}."))
        }
        Reason::TooShort { min } => {
            (format!("长度至少为 {min}。"), format!("The length must be at least {min}."))
        }
        Reason::TooLong { max } => {
            (format!("长度至多为 {max}。"), format!("The length must be at most {max}."))
        }
        Reason::TooSmall { min } => (format!("不得小于 {min}。"), format!("This must be at least {min}.")),
        Reason::TooLarge { max } => (format!("不得大于 {max}。"), format!("This must be at most {max}.")),
        Reason::NotOneOf { allowed } => {
            (format!("只能是：{allowed}。"), format!("This must be one of: {allowed}."))
        }
        Reason::WrongForm { wanted } => {
            (format!("格式应为：{wanted}。"), format!("The form must be: {wanted}."))
        }
        Reason::Blank => {
            ("不得为空白。".to_owned(), "There must be at least one visible character.".to_owned())
        }
        Reason::ControlCharacter => (
            "不得含有控制字符（较长的文字可以换行）。".to_owned(),
            "There must be no control characters; longer texts may have line breaks.".to_owned(),
        ),
        Reason::WrongCheckCharacter => {
            ("校验位不正确。".to_owned(), "The check character does not fit the rest.".to_owned())
        }
        Reason::WrongDate => (
            "日期不存在或超出 1900 至 2999 年。".to_owned(),
            "There is no such day, or it lies outside the years 1900 to 2999.".to_owned(),
        ),
        Reason::DatesReversed => {
            ("结束日期必须晚于开始日期。".to_owned(), "The end must be later than the beginning.".to_owned())
        }
        Reason::InFuture => {
            ("日期不得晚于今天。".to_owned(), "The day must not lie in the future.".to_owned())
        }
        Reason::BeforeAsset { since } => (
            format!("该资产自 {since} 起才存在，日期不得早于该日。"),
            format!("The asset has been there since {since}; the day must not be earlier."),
        ),
        Reason::TooLate { latest } => {
            (format!("日期不得晚于 {latest}。"), format!("The day must not be later than {latest}."))
        }
        Reason::AboveCeiling { yuan } => (
            format!(
                "单笔收入不得超过 {yuan} 元（现行政策 receipt_ceiling_fen）。金额以分为单位，请核对是否多写了零。"
            ),
            format!(
                "One receipt is at most {yuan} yuan by the policy in force (receipt_ceiling_fen). Amounts are in fen: are there \
                 too many zeros?"
            ),
        ),
        Reason::ZeroDenominator => {
            ("分母不得为零。".to_owned(), "The denominator must not be zero.".to_owned())
        }
        Reason::ShareNotPositive => {
            ("份额必须大于零。".to_owned(), "A share must be greater than zero.".to_owned())
        }
        Reason::ShareAboveWhole => {
            ("份额不得大于 1/1。".to_owned(), "A share must not be greater than 1/1.".to_owned())
        }
        Reason::ShareTooFine => (
            "分子、分母须能以 64 位整数精确表示。".to_owned(),
            "Numerator and denominator must fit in 64-bit integers exactly.".to_owned(),
        ),
        Reason::SharesNotWhole { sum } => (
            format!("份额之和应为 1/1，现为 {sum}。"),
            format!("The shares must sum to 1/1; they sum to {sum}."),
        ),
        Reason::NotFound { what } => (
            format!("辖区内没有该标识对应的对象（{what}）。"),
            format!("There is no {what} with this identifier in your region."),
        ),
        Reason::UnknownRegion => (
            "区划代码未登记，或不在您的辖区内。".to_owned(),
            "The region is not registered, or lies outside yours.".to_owned(),
        ),
        Reason::PartyEnded { on } => (format!("该主体已于 {on} 终止。"), format!("The party ended on {on}.")),
        Reason::WrongKind { wanted } => {
            (format!("种类应为：{wanted}。"), format!("The kind must be: {wanted}."))
        }
        Reason::Duplicate => ("重复。".to_owned(), "This is named twice.".to_owned()),
        Reason::Contradicts { other } => (format!("与 {other} 矛盾。"), format!("This contradicts {other}.")),
        Reason::TooGuessable => (
            "该密码太容易被猜到：不要使用重复或连续的字符、键盘上相邻的键、常用密码或本人的用户名；\
             请用几个互不相干的词组成较长的密码，例如“大棚里第七只羊爱喝茶”这样的句子（不要照抄）。"
                .to_owned(),
            "This password is guessed too soon: use no repeated or successive characters, no neighbours on the keyboard, no \
             common password and not your own user name, but some words that have nothing to do with each other, such as \
             \"seventh goat prefers green tea\" (not this one)."
                .to_owned(),
        ),
        Reason::WrongPassword => {
            ("与当前密码不符。".to_owned(), "This is not the password that you have now.".to_owned())
        }
        Reason::SamePassword => {
            ("新密码不得与当前密码相同。".to_owned(), "The new password must be another one.".to_owned())
        }
        Reason::NotApplicable { because } => {
            (format!("此处不适用（{because}）。"), format!("This does not apply here ({because})."))
        }
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}
