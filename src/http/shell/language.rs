//! The languages of the interface: Chinese, and English for those who ask for it.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{AcceptLanguage, Header},
};

/// A language in which problems and findings are worded. Codes and enum values are English in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Chinese,
    English,
}

impl Language {
    /// What the request prefers by `Accept-Language`; Chinese where it does not say.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        if let Some(known) = request.extensions().get::<Self>() {
            return *known;
        }
        let Ok(accepted) = AcceptLanguage::parse(request) else { return Self::Chinese };
        accepted
            .ranked()
            .iter()
            .find_map(|it| match it.item()?.primary_language() {
                "zh" => Some(Self::Chinese),
                "en" => Some(Self::English),
                _ => None,
            })
            .unwrap_or(Self::Chinese)
    }

    /// The tag for `Content-Language`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The text in this language.
    pub(crate) const fn of_two<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
