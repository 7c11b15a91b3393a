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
    http::shell::{
        language::Language,
        texts,
        vocabulary::{self, Quoted, Worded},
    },
    identity::{Denied, Refusal},
    storage::{Failure, StorageError},
    values::{Fault, Faults},
};

pub(crate) use crate::http::shell::codes::Code;

/// How many bad fields a problem tells at most; how many more there are, `more_errors` says.
pub(crate) const MOST_TOLD: usize = 100;

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
    /// Further ones that have words in them, in Chinese and English.
    worded: Vec<(&'static str, Value, Value)>,
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
            worded: Vec::new(),
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

    /// A failure of the registry itself that has a code of its own; the reason goes to the log only.
    pub(crate) fn failing(code: Code, reason: impl fmt::Display) -> Self {
        let mut problem = Self::new(code);
        problem.0.cause = Some(Cause::Other(reason.to_string()));
        problem
    }

    /// Bad fields, and how many more there are beside them.
    pub(crate) fn of_more(faults: Faults, more: usize) -> Self {
        Self::new(Code::ValidationFailed).naming(faults, more)
    }

    /// Names the fields to which the refusal belongs, and how many more there are beside them.
    pub(crate) fn naming(mut self, faults: Faults, more: usize) -> Self {
        let mut faults = faults.into_inner();
        let more = more.saturating_add(faults.len().saturating_sub(MOST_TOLD));
        faults.truncate(MOST_TOLD);
        self.0.faults = faults;
        if more > 0 { self.with("more_errors", more) } else { self }
    }

    /// Says what is the matter and what to do about it, where the words of the code are too general. What stands in braces
    /// is put in by [`Self::put`].
    pub(crate) fn saying(mut self, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        self.0.detail = Some((chinese.into(), english.into()));
        self
    }

    /// Puts a figure into the places of its name in both sentences, each time in the words of the language.
    pub(crate) fn put(mut self, name: &str, figure: impl Worded) -> Self {
        if let Some((chinese, english)) = &mut self.0.detail {
            let place = format!("{{{name}}}");
            *chinese = chinese.replace(&place, &figure.word(Language::Chinese));
            *english = english.replace(&place, &figure.word(Language::English));
        }
        self
    }

    /// Adds a figure of the refusal as a member of the problem.
    pub(crate) fn with(mut self, name: &str, figure: impl Serialize) -> Self {
        if let Ok(figure) = serde_json::to_value(figure) {
            self.0.figures.insert(name.to_owned(), figure);
        }
        self
    }

    /// Adds a figure that has words in it, made in each language.
    pub(crate) fn with_worded<T: Serialize>(
        mut self,
        name: &'static str,
        made: impl Fn(Language) -> T,
    ) -> Self {
        let of = |language| serde_json::to_value(made(language));
        if let (Ok(chinese), Ok(english)) = (of(Language::Chinese), of(Language::English)) {
            self.0.worded.push((name, chinese, english));
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

    /// What is the matter and what to do about it: in its own words, or in those of its code.
    fn detail(&self, language: Language) -> String {
        match &self.0.detail {
            Some((chinese, english)) => language.of_two(chinese, english).to_owned(),
            None => {
                let (cause, remedy) = (self.0.code.cause(language), self.0.code.remedy(language));
                format!("{cause}{}{remedy}", language.of_two("", " "))
            }
        }
    }

    /// The answer in a language.
    pub(crate) fn render(&self, language: Language, instance: &str) -> HttpResponse {
        let mut figures = self.0.figures.clone();
        let worded = self.0.worded.iter();
        figures.extend(worded.map(|(name, chinese, english)| {
            let of_language = match language {
                Language::Chinese => chinese,
                Language::English => english,
            };
            ((*name).to_owned(), of_language.clone())
        }));
        let body = ProblemBody {
            r#type: format!("urn:sanquan:problem:{}", self.0.code.text()),
            title: self.0.code.title(language).to_owned(),
            status: self.0.code.status().as_u16(),
            detail: self.detail(language),
            code: self.0.code,
            instance: instance.to_owned(),
            errors: self
                .0
                .faults
                .iter()
                .map(|fault| FieldProblem {
                    pointer: fault.pointer.clone(),
                    code: fault.reason.code().to_owned(),
                    detail: texts::fault(fault, language),
                })
                .collect(),
            figures,
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

    /// Whether it is a refusal, and no failure of the registry.
    pub(crate) const fn is_refusal(&self) -> bool {
        self.0.cause.is_none()
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
            | StorageError::NotRead
            | StorageError::Unreachable(_)
            | StorageError::Transient(_)
            | StorageError::Held(_)
            | StorageError::Removed(_)
            | StorageError::TookTooLong
            | StorageError::Lost(_)
            | StorageError::Unconfirmed(_)
            | StorageError::ReadOnly(_)
            | StorageError::Clock { .. }
            | StorageError::Disk(_) => Code::Unavailable,
            StorageError::Full(_) => Code::StorageFull,
            _ => Code::Internal,
        };
        let mut problem = Self::new(code);
        if matches!(error, StorageError::Clock { .. }) {
            problem = problem.saying(
                "服务器时钟与登记簿最近的记录相差过大，暂不能办理；请告知系统管理员核对时钟。",
                "The clock of the server is too far from what was recorded last, so nothing is recorded by it. Tell whoever runs the registry to look at the clock.",
            );
        }
        if matches!(error, StorageError::Damaged(_)) {
            problem = problem.saying(
                "数据库文件已损坏，事项没有办成；请立即告知系统管理员，由其从备份恢复（见 `docs/zh/operations.md`）。",
                "The file of the database is damaged, and nothing was done. Tell whoever runs the registry at once: it must be restored from a backup, see `docs/operations.md`.",
            );
        }
        if matches!(error, StorageError::Removed(_)) {
            problem = problem.saying(
                "数据库文件已被移走或者替换，事项没有办成；请立即告知系统管理员（见 `docs/zh/operations.md`）。",
                "The file of the database was removed or exchanged, and nothing was done. Tell whoever runs the registry at once, see `docs/operations.md`.",
            );
        }
        if matches!(error, StorageError::Denied(_)) {
            problem = problem.saying(
                "数据库角色的权限不足，事项没有办成；请告知系统管理员授予所需权限（见 `docs/zh/operations.md`）。",
                "The registry has not the rights that it needs in its database, and nothing was done. Tell whoever runs it to grant them, see `docs/operations.md`.",
            );
        }
        problem.0.cause = Some(Cause::Storage(error));
        match code {
            Code::Unavailable => problem.header(header::RETRY_AFTER, "1"),
            Code::StorageFull => problem.header(header::RETRY_AFTER, "60"),
            _ => problem,
        }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        Self::of_more(faults, 0)
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
            Denied::Permission(permission) => Self::new(Code::PermissionDenied)
                .saying(
                    "您的角色没有“{permission}”的权限；请由{roles}办理，或请管理员授予相应角色。",
                    "None of your roles may {permission}. Ask the {roles}, or an administrator for the role.",
                )
                .put("permission", permission)
                .put("roles", vocabulary::roles_that_may(permission))
                .with("permission", permission),
            Denied::OutOfScope(region) => Self::new(Code::OutOfScope)
                .saying(
                    "区域 {region} 不在您的管辖区域之内；请由该区域或其上级的人员办理。",
                    "The region {region} is not yours, nor under yours; ask somebody of that region, or of one above it.",
                )
                .put("region", Quoted(region))
                .with("region_code", region),
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
    /// What is the matter this time, and what to do about it.
    #[schema(
        example = "The account would hold less than nothing. Look at the balance, and ask for less or wait for more to come in."
    )]
    detail: String,
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
