//! The codes of problems. What stands here of each is what is answered, and what `docs/problems.md` says.

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shell::language::Language;

/// Declares the codes of problems. Of each: its status; a title; how one comes to meet it; what to do then. Every text in
/// Chinese and in English.
macro_rules! codes {
    ($(
        $variant:ident = $code:literal, $status:ident,
        title $title_zh:literal, $title_en:literal,
        cause $cause_zh:literal, $cause_en:literal,
        remedy $remedy_zh:literal, $remedy_en:literal;
    )+) => {
        /// The stable code of a problem. The type of a problem is `urn:sanquan:problem:` with its code behind it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        pub(crate) enum Code { $(#[serde(rename = $code)] #[schema(rename = $code)] $variant,)+ }

        impl Code {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// What kind of problem it is, in a few words.
            pub(crate) const fn title(self, language: Language) -> &'static str {
                match self { $(Self::$variant => language.of_two($title_zh, $title_en)),+ }
            }

            /// How one comes to meet it.
            pub(crate) const fn cause(self, language: Language) -> &'static str {
                match self { $(Self::$variant => language.of_two($cause_zh, $cause_en)),+ }
            }

            /// What to do then.
            pub(crate) const fn remedy(self, language: Language) -> &'static str {
                match self { $(Self::$variant => language.of_two($remedy_zh, $remedy_en)),+ }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed_request", BAD_REQUEST,
        title "请求无法解析", "The request cannot be read",
        cause "请求体不是所声明的格式，或者没有收完整。", "The body is not in the form that it is declared to be in, or did not arrive whole.",
        remedy "请检查请求体的格式和编码后重新发送。", "Mend the body and send the request again.";
    IdempotencyKeyRequired = "idempotency_key_required", BAD_REQUEST,
        title "缺少 `Idempotency-Key` 请求头", "An Idempotency-Key header is required",
        cause "会产生登记、记账等后果的请求须带 `Idempotency-Key`，以免重发时重复办理。", "A request that acts needs an Idempotency-Key, so that sending it again does not do it twice.",
        remedy "请为每件事项新生成一个键（例如一个随机编号），写入 `Idempotency-Key` 请求头；重发同一请求时沿用原键。", "Make a new key for each thing that is done, such as a random UUID, and name it in the header; when the same request is sent again, name the same key.";
    Unauthenticated = "unauthenticated", UNAUTHORIZED,
        title "尚未登录", "A valid bearer token is needed",
        cause "请求未带访问令牌，或者令牌已过期、已作废。", "The request has no access token, or one that has expired or no longer counts.",
        remedy "请以 `POST /v1/tokens` 登录（或以刷新令牌换取新令牌），再将访问令牌写入 `Authorization` 请求头。", "Sign in by `POST /v1/tokens`, or refresh the session, and send the access token in the `Authorization` header.";
    BadCredentials = "bad_credentials", UNAUTHORIZED,
        title "用户名、密码或令牌无效", "The credentials are not valid",
        cause "用户名或密码不符，刷新令牌不存在或已过期，或者用户已停用；为安全起见不说明是哪一种。", "The name or the password is wrong, the refresh token is unknown or has expired, or the user is disabled; which of these is not said, on purpose.",
        remedy "请核对后重新登录；忘记密码或被停用的，请联系管理员。", "Check them and sign in again; ask an administrator where the password is lost or the user disabled.";
    RefreshTokenReused = "refresh_token_reused", UNAUTHORIZED,
        title "刷新令牌已被使用，会话已终止", "The refresh token was used before; the session was ended",
        cause "每个刷新令牌只能使用一次；再次出现说明可能有副本外泄，本次会话已全部终止。", "A refresh token is good for one use; a second one means that somebody may hold a copy, so the whole session was ended.",
        remedy "请重新登录；如非本人操作，请立即修改密码。", "Sign in again; change the password if it was not you.";
    PermissionDenied = "permission_denied", FORBIDDEN,
        title "没有此项权限", "None of your roles may do this",
        cause "您的角色不能办理此事项。", "What was asked needs a permission that none of your roles has.",
        remedy "请由具有相应角色的人员办理；确需由您办理的，请管理员授予角色。", "Ask somebody whose role has the permission; an administrator gives roles.";
    OutOfScope = "out_of_scope", FORBIDDEN,
        title "超出您的管辖区域", "This lies outside your region",
        cause "所涉区域不在您的管辖区域之内。", "It concerns a region that is not yours, nor under yours.",
        remedy "请由该区域或其上级的人员办理。", "Ask somebody of that region, or of one above it.";
    NotFound = "not_found", NOT_FOUND,
        title "在您的辖区内未找到", "Not found in your region",
        cause "没有这个地址或编号，或者它不在您的管辖区域之内。", "There is nothing at this address or of this identifier, or it is not in your region.",
        remedy "请核对地址和编号，可先在相应的列表中查找。", "Check the address and the identifier; the lists of the interface show what there is.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED,
        title "此地址不支持该方法", "This address does not answer to that method",
        cause "该地址不支持所用的请求方法。", "The address exists, and does not answer to the method of the request.",
        remedy "请改用 `Allow` 响应头中列出的方法。", "Use one of the methods that the `Allow` header names.";
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE,
        title "无法提供所要求的格式", "None of the accepted formats can be given",
        cause "`Accept` 请求头要求的格式，该地址都不能提供。", "The address cannot give any of the formats that the `Accept` header names.",
        remedy "请在 `Accept` 请求头中改写为可提供的格式。", "Name one that it gives in the `Accept` header.";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT,
        title "请求未在时限内收完", "The request did not arrive in time",
        cause "网络过慢或中断，请求没有在时限内收完。", "The request came too slowly, or stopped on its way.",
        remedy "请检查网络后重新发送；重发时沿用原来的 `Idempotency-Key`。", "Send it again, with the same Idempotency-Key.";
    Conflict = "conflict", CONFLICT,
        title "与当前状态冲突", "This conflicts with what stands",
        cause "所要办理的事项与登记簿的现状不符。", "What was asked does not go with what is on record.",
        remedy "请重新读取有关记录，按现状修改后再办理。", "Read what is on record, and ask for what goes with it.";
    IdempotencyKeyInUse = "idempotency_key_in_use", CONFLICT,
        title "同一 `Idempotency-Key` 的请求正在处理", "A request with this Idempotency-Key is still running",
        cause "先发出的同键请求还没有办完。", "The first request with this key has not been answered yet.",
        remedy "请按 `Retry-After` 稍候，再以同一键重新发送，即可取得先前请求的结果。", "Wait as `Retry-After` says and send it again with the same key: it gets the answer of the first.";
    BlockedByLossCheck = "blocked_by_loss_check", CONFLICT,
        title "资产流失检查未通过", "The check for asset loss blocks this",
        cause "资产流失检查规则禁止此事项，任何人不得豁免；各项问题列于 `findings`。", "A rule against asset loss forbids it, and nobody can waive that; `findings` says which, with figures and law.",
        remedy "请逐项整改（例如补充评估报告、民主决议，或调整价格、期限），再重新检查；各规则见 `docs/rules.md`。", "Mend what was found, such as the appraisal, the decision, the price or the term, and have it checked again; `docs/rules.md` has the rules.";
    FourEyes = "four_eyes", CONFLICT,
        title "须由另一人办理", "Somebody else has to do this",
        cause "一个案件的审核与批准须由不同的人作出，起草人不作决定；更正已有案件据以审查的登记、解除在办案件所涉资产上的限制、登记承继主体，须由未登记也未起草的人办理；使享有权利的组织脱离集体或者国家控制，须由县级批准人员办理。", "The deciding steps of a case are taken by different people, and none by whoever drafted it. What cases were looked at by is put right, a restriction in the way of one is released, and who succeeds a party is said by somebody who neither recorded nor drafted any of that; that an organisation with rights leaves public hands is said by an approver of the county.",
        remedy "请由另一位有权人员办理，由谁办理见 `detail`。", "Have somebody else do it who may; `detail` says who.";
    PartyToTheCase = "party_to_the_case", CONFLICT,
        title "不得决定与本人所属主体有关的事项", "Nobody decides on a case whose party they are",
        cause "您或您所属的主体是本案当事人，或者与当事人存在关联关系，依规定应当回避。", "You, or whom you work for, are a party of the case, or related to one.",
        remedy "请由与本案无关的有权人员办理。", "Have somebody decide who has no part in the case.";
    AccountOverdrawn = "account_overdrawn", CONFLICT,
        title "账户余额不足", "The account does not hold that much",
        cause "支出或冲销后账户余额将小于零。", "The account would hold less than nothing.",
        remedy "请核对账户余额，减少金额或待款项入账后再办理。", "Look at the balance, and ask for less or wait for more to come in.";
    InsufficientRight = "insufficient_right", CONFLICT,
        title "转出方的权利份额不足", "The giver does not hold that share of the right",
        cause "转出方当日持有的份额少于拟转出的份额。", "The giver holds less of the right on the day than it is to give.",
        remedy "请按登记的份额办理；登记有误的，请先申请更正。", "Give no more than is on record; have the record corrected first where it is wrong.";
    NothingToDistribute = "nothing_to_distribute", CONFLICT,
        title "没有可分配的收益", "There is no income left to distribute",
        cause "所属期内没有尚未分配的收益。", "No income of the period is left that was not distributed yet.",
        remedy "请核对资产和所属期；收益尚未入账的，请先登记收款。", "Check the assets and the period; record the receipts first where money came in.";
    PlanOutdated = "plan_outdated", CONFLICT,
        title "分配方案与现状不符，须重新起草", "The plan must be drafted anew",
        cause "方案起草后，权利或政策已有变更，按现状分配的结果与方案不同；变更列于 `changed`，差异列于 `differences`。", "Since the plan was drafted, rights or the policy changed, and the income would be divided otherwise now; `changed` and `differences` say how.",
        remedy "请撤回本案，重新起草方案。", "Withdraw the case and draft it anew.";
    AlreadyRegistered = "already_registered", CONFLICT,
        title "已登记", "This is registered already",
        cause "登记簿中已有同样的登记。", "The same is on record already.",
        remedy "请查找并使用已有的记录；内容有误的，请修改或申请更正，不要重复登记。", "Find and use what is on record; have it changed or corrected where it is wrong.";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED,
        title "`If-Match` 与现有版本不符", "If-Match does not name the version that there is",
        cause "您读取之后，该记录已有新的版本。", "There is a newer version than the one that `If-Match` names.",
        remedy "请重新读取，核对变化后，以新的 `ETag` 再次提交。", "Read it again, look at what has changed, and send your change with the new `ETag`.";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE,
        title "请求体过大", "The body is too large",
        cause "请求体或文件超过了上限（`limit_bytes`，单位为字节）。", "The body or the file is larger than `limit_bytes`.",
        remedy "请压缩文件或分成几次提交。", "Send a smaller file, or send it in parts.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        title "不支持该内容类型", "The content type is not supported",
        cause "`Content-Type` 请求头与该地址接受的内容类型不符。", "The address does not take bodies of the type that `Content-Type` names.",
        remedy "请改正 `Content-Type` 请求头，例如 `application/json`；上传文件用 `multipart/form-data`。", "Send `application/json`, or `multipart/form-data` for a file.";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY,
        title "填写内容有误", "The content is not valid",
        cause "一个或几个字段填写有误；`errors` 逐项列明是哪个字段、应当怎样填写。", "One or more fields are wrong; `errors` names each, and says what would be right.",
        remedy "请按 `errors` 逐项改正后重新提交。", "Mend every field that `errors` names, and send it again.";
    ShareExceeded = "share_exceeded", UNPROCESSABLE_ENTITY,
        title "份额之和超过一", "The shares sum to more than the whole",
        cause "同一权利在某日的份额之和将大于一。", "The shares of one right would sum to more than the whole on some day.",
        remedy "请核对各方份额，使其合计不超过一。", "Make the shares sum to the whole at most.";
    ShareTooFine = "share_too_fine", UNPROCESSABLE_ENTITY,
        title "份额过细，无法精确表示", "The share is too fine to be kept exactly",
        cause "份额约分后，分子或分母仍超过可精确记录的整数范围。", "The fraction has a numerator or denominator that is too large to be kept exactly.",
        remedy "请改用分子、分母较小的份额，例如 `1/3`。", "Use a share of smaller numbers, such as 1/3.";
    AnswerTooLarge = "answer_too_large", UNPROCESSABLE_ENTITY,
        title "内容过多，无法一次答复", "This is too much for one answer",
        cause "结果超过了一次答复的上限。", "The answer would have more than the limit that is named.",
        remedy "请缩小查询范围，例如限定区域、日期或层数。", "Ask for less at once: a smaller region, fewer days, fewer steps.";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY,
        title "`Idempotency-Key` 已用于其他请求", "The Idempotency-Key was used for something else",
        cause "同一键已用于内容不同的请求。", "The key was sent before with another request.",
        remedy "请为这一请求新生成一个键；如系重发，请保持内容与原请求一致。", "Make a new key for this request, or send exactly what was sent before.";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED,
        title "缺少 `If-Match` 请求头", "An If-Match header is required",
        cause "修改记录须写明所读的版本，以免覆盖他人的修改。", "A change names the version that it was made from, so that nobody overwrites what others did.",
        remedy "请先读取记录，再将响应中的 `ETag` 原样写入 `If-Match` 请求头，例如 `\"3\"`。", "Read the resource, and send its `ETag` in `If-Match`, such as \"3\".";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS,
        title "请求过于频繁", "Too many requests",
        cause "一分钟内的请求次数超过了上限。", "More requests came within a minute than are answered.",
        remedy "请按 `Retry-After` 等待后再试。", "Wait as `Retry-After` says.";
    Internal = "internal", INTERNAL_SERVER_ERROR,
        title "服务内部错误", "Something failed in the registry",
        cause "登记系统自身出错，事项没有办成；原因已记入日志。", "The registry failed by itself, and nothing was done; the cause is in its log.",
        remedy "请将 `instance` 中的请求编号告知系统管理员。", "Tell whoever runs the registry the request's id, which is in `instance`.";
    ContentAltered = "content_altered", INTERNAL_SERVER_ERROR,
        title "文件内容与登记时不符", "The content of the document is not what was brought",
        cause "现存的文件内容与登记时的摘要不符，故不予提供。", "What is kept of the document has another hash than what was brought, so it is not given out.",
        remedy "请告知系统管理员，由其从备份恢复该文件。", "Tell whoever runs the registry: the document must be restored from a backup.";
    ContentMissing = "content_missing", INTERNAL_SERVER_ERROR,
        title "文件内容已缺失", "The content of the document is gone",
        cause "文件已登记，但其内容不在文件库中。", "The document is on record, and its content is not in the store.",
        remedy "请告知系统管理员，由其从备份恢复该文件。", "Tell whoever runs the registry: the document must be restored from a backup.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE,
        title "服务暂时不可用", "The registry is not available just now",
        cause "数据库繁忙、无法连接，或者处理超时。", "The database is busy or out of reach, or the work took too long.",
        remedy "请按 `Retry-After` 稍候再发送：`POST` 沿用同一 `Idempotency-Key`；`PATCH` 先重新读取，确认尚未改成的再发送。", "Wait as `Retry-After` says, and send it again: a POST with the same Idempotency-Key, a PATCH once you have read anew that nothing changed.";
    StorageFull = "storage_full", INSUFFICIENT_STORAGE,
        title "存储空间已满", "There is no room left to store anything",
        cause "服务器的磁盘已满，不能再写入；已有的记录仍可查询，本次事项没有办成。", "The disk of the server is full, so nothing can be written; what is on record can still be read, and nothing was done.",
        remedy "请告知系统管理员腾出或扩充磁盘空间，然后重新发送（`POST` 沿用同一 `Idempotency-Key`）。", "Tell whoever runs the registry to make room, and then send it again (a POST with the same Idempotency-Key).";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nginx_refuses_by_itself_is_called_as_the_registry_calls_it() {
        let settings = include_str!("../../../docs/deployment/nginx.conf");
        let told = settings.lines().filter_map(|it| it.trim().strip_prefix("return ")?.split_once(" '{"));
        let mut found = 0;
        for (status, problem) in told {
            let problem = format!("{{{}", problem.trim_end_matches("';"));
            let problem: serde_json::Value = serde_json::from_str(&problem).unwrap();
            let code = Code::ALL.iter().copied().find(|it| problem["code"] == it.text()).unwrap();
            assert_eq!(problem["title"], code.title(Language::Chinese), "{problem}");
            assert_eq!(problem["status"], code.status().as_u16(), "{problem}");
            assert_eq!(status, code.status().as_str(), "{problem}");
            found += 1;
        }
        assert_eq!(found, 2);
    }
}
