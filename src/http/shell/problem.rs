//! Problems (RFC 9457): every refusal has a stable code, a status, and words in two languages.
//!
//! What a caller can put right is a 4xx that names what would be right; anything else is a 5xx that gives only the
//! request's id, and its cause is logged, once.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    http::shell::{language::Language, texts},
    identity::{Denied, Refusal},
    storage::{Failure, StorageError},
    values::{Fault, Faults},
};

/// Declares the codes of problems: code, status, title in Chinese, title in English.
macro_rules! codes {
    ($($variant:ident = $code:literal, $status:ident, $zh:literal, $en:literal;)+) => {
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

            pub(crate) const fn title(self, language: Language) -> &'static str {
                match self { $(Self::$variant => language.of_two($zh, $en)),+ }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed_request", BAD_REQUEST, "请求无法解析", "The request cannot be read";
    IdempotencyKeyRequired = "idempotency_key_required", BAD_REQUEST, "缺少 Idempotency-Key 请求头", "An Idempotency-Key header is required";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "未通过身份验证", "A valid bearer token is needed";
    BadCredentials = "bad_credentials", UNAUTHORIZED, "用户名、密码或令牌无效", "The credentials are not valid";
    RefreshTokenReused = "refresh_token_reused", UNAUTHORIZED, "刷新令牌已被使用，会话已终止", "The refresh token was used before; the session was ended";
    PermissionDenied = "permission_denied", FORBIDDEN, "没有此项权限", "None of your roles may do this";
    OutOfScope = "out_of_scope", FORBIDDEN, "超出您的管辖区域", "This lies outside your region";
    NotFound = "not_found", NOT_FOUND, "在您的辖区内未找到", "Not found in your region";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "此地址不支持该方法", "This address does not answer to that method";
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE, "无法提供所要求的格式", "None of the accepted formats can be given";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "请求未在时限内收完", "The request did not arrive in time";
    Conflict = "conflict", CONFLICT, "与当前状态冲突", "This conflicts with what stands";
    IdempotencyKeyInUse = "idempotency_key_in_use", CONFLICT, "同一 Idempotency-Key 的请求正在处理", "A request with this Idempotency-Key is still running";
    BlockedByLossCheck = "blocked_by_loss_check", CONFLICT, "资产流失检查未通过", "The check for asset loss blocks this";
    FourEyes = "four_eyes", CONFLICT, "同一人不得作出两项决定", "Nobody takes two deciding steps in one case";
    PartyToTheCase = "party_to_the_case", CONFLICT, "不得决定与本人所属主体有关的事项", "Nobody decides on a case whose party they are";
    AccountOverdrawn = "account_overdrawn", CONFLICT, "账户余额不足", "The account does not hold that much";
    InsufficientRight = "insufficient_right", CONFLICT, "转出方的权利份额不足", "The giver does not hold that share of the right";
    NothingToDistribute = "nothing_to_distribute", CONFLICT, "没有可分配的收益", "There is no income left to distribute";
    PlanOutdated = "plan_outdated", CONFLICT, "分配方案与现状不符，须重新起草", "The plan must be drafted anew";
    AlreadyRegistered = "already_registered", CONFLICT, "已登记", "This is registered already";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "资源已被更改", "It has changed since you read it";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "请求体过大", "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "不支持该内容类型", "The content type is not supported";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "内容有误", "The content is not valid";
    ShareExceeded = "share_exceeded", UNPROCESSABLE_ENTITY, "份额之和超过一", "The shares sum to more than the whole";
    ShareTooFine = "share_too_fine", UNPROCESSABLE_ENTITY, "份额过细，无法精确表示", "The share is too fine to be kept exactly";
    AnswerTooLarge = "answer_too_large", UNPROCESSABLE_ENTITY, "内容过多，无法一次答复", "This is too much for one answer";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "Idempotency-Key 已用于其他请求", "The Idempotency-Key was used for something else";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "缺少 If-Match 请求头", "An If-Match header is required";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "请求过于频繁", "Too many requests";
    Internal = "internal", INTERNAL_SERVER_ERROR, "服务内部错误", "Something failed in the registry";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "服务暂时不可用", "The registry is not available just now";
}

/// A refusal on its way to the caller.
#[derive(Debug)]
pub(crate) struct Problem(Box<Parts>);

/// The parts of a problem, boxed so that a result that carries one stays small.
#[derive(Debug)]
struct Parts {
    code: Code,
    /// The detail, in Chinese and English.
    detail: Option<(String, String)>,
    faults: Vec<Fault>,
    /// Figures of the refusal, beside the members that RFC 9457 names.
    figures: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

/// What went wrong inside, for the log alone.
#[derive(Debug)]
enum Cause {
    Storage(StorageError),
    Other(String),
}

impl Problem {
    pub(crate) fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            detail: None,
            faults: Vec::new(),
            figures: Map::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// A failure of the registry itself; the reason goes to the log only.
    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        let mut problem = Self::new(Code::Internal);
        problem.0.cause = Some(Cause::Other(reason.to_string()));
        problem
    }

    /// Adds a detail to the code's title.
    pub(crate) fn saying(mut self, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        self.0.detail = Some((chinese.into(), english.into()));
        self
    }

    /// Adds a figure of the refusal as a member of the problem.
    pub(crate) fn with(mut self, name: &str, figure: impl Serialize) -> Self {
        if let Ok(figure) = serde_json::to_value(figure) {
            self.0.figures.insert(name.to_owned(), figure);
        }
        self
    }

    /// Names the field to which the refusal belongs.
    pub(crate) fn at(mut self, fault: Fault) -> Self {
        self.0.faults.push(fault);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.0.headers.push((name, value));
        }
        self
    }

    /// The answer in a language.
    pub(crate) fn render(&self, language: Language, instance: &str) -> HttpResponse {
        let body = ProblemBody {
            r#type: format!("urn:sanquan:problem:{}", self.0.code.text()),
            title: self.0.code.title(language).to_owned(),
            status: self.0.code.status().as_u16(),
            detail: self
                .0
                .detail
                .as_ref()
                .map(|(chinese, english)| language.of_two(chinese, english).to_owned()),
            code: self.0.code,
            instance: instance.to_owned(),
            errors: self
                .0
                .faults
                .iter()
                .map(|fault| FieldProblem {
                    pointer: fault.pointer.clone(),
                    code: fault.reason.code().to_owned(),
                    detail: texts::reason(&fault.reason, language),
                })
                .collect(),
            figures: self.0.figures.clone(),
        };
        let mut response = HttpResponse::build(self.0.code.status());
        response.content_type("application/problem+json");
        response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        if self.0.code.status() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"sanquan\""));
        }
        response.json(body)
    }

    /// Logs it, once: failures with their cause, refusals with their code.
    pub(crate) fn log(&self) {
        let code = self.0.code.text();
        match &self.0.cause {
            Some(Cause::Storage(error)) => {
                tracing::error!(code, error = crate::storage::chain(error), "a request failed");
            }
            Some(Cause::Other(reason)) => tracing::error!(code, reason, "a request failed"),
            None => tracing::info!(code, "a request was refused"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.text())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    /// Only the status; the shell renders the body in the language of the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.0.code.status())
    }
}

impl Failure for Problem {
    fn storage(&self) -> Option<&StorageError> {
        match &self.0.cause {
            Some(Cause::Storage(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let code = match &error {
            StorageError::Busy
            | StorageError::Unheard
            | StorageError::Unreachable(_)
            | StorageError::Transient(_)
            | StorageError::TookTooLong
            | StorageError::Lost(_)
            | StorageError::Unconfirmed(_) => Code::Unavailable,
            _ => Code::Internal,
        };
        let mut problem = Self::new(code);
        problem.0.cause = Some(Cause::Storage(error));
        if code == Code::Unavailable { problem.header(header::RETRY_AFTER, "1") } else { problem }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let mut problem = Self::new(Code::ValidationFailed);
        problem.0.faults = faults.into_inner();
        problem
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::new(Code::ValidationFailed).at(fault)
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Permission(permission) => {
                Self::new(Code::PermissionDenied).with("permission", permission)
            }
            Denied::OutOfScope(region) => Self::new(Code::OutOfScope).with("region_code", region),
        }
    }
}

impl<Reason> From<Refusal<Reason>> for Problem
where
    Self: From<Reason>,
{
    fn from(refusal: Refusal<Reason>) -> Self {
        match refusal {
            Refusal::Because(reason) => reason.into(),
            Refusal::Invalid(faults) => faults.into(),
            Refusal::Denied(denied) => denied.into(),
            Refusal::Storage(error) => error.into(),
        }
    }
}

/// A problem as it is answered (RFC 9457), in the language that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// A URN that identifies the kind of problem.
    #[schema(example = "urn:sanquan:problem:validation_failed")]
    r#type: String,
    /// What kind of problem it is, in a few words.
    #[schema(example = "The content is not valid")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// What is the matter this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "The account does not hold that much.")]
    detail: Option<String>,
    /// The stable code of the problem: what a client should look at.
    code: Code,
    /// The request that met the problem, by its id.
    #[schema(example = "urn:uuid:0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e")]
    instance: String,
    /// Every bad field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Figures of the refusal.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    figures: Map<String, Value>,
}

/// One bad field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// JSON pointer to the field (RFC 6901); for a parameter, its name behind a slash.
    #[schema(example = "/identifier/value")]
    pub(crate) pointer: String,
    /// The stable code of what is wrong.
    #[schema(example = "wrong_check_character")]
    pub(crate) code: String,
    /// What would be right.
    #[schema(example = "The check character does not fit.")]
    pub(crate) detail: String,
}
