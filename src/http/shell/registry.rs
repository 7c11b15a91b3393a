//! What the handlers work with: the storage, the keys, the documents' store, and the shell's own state.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Duration};

use crate::{
    http::shell::{
        act::RunningActs, body::Schemas, last_changes::LastChanges, limits::Limits, metrics::Metrics,
        parameters::Parameters, published::Published,
    },
    identity::{Keys, Permission, SignInAttempts, Signer, Tokens},
    journal::Log,
    register::documents::DocumentStore,
    storage::Storage,
};

/// How the interface is set up.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Requests a minute for one user, or for one address without a token.
    pub requests_per_minute: NonZeroU32,
    /// Attempts to sign in a minute for one user name.
    pub sign_ins_per_minute: NonZeroU32,
    /// The greatest body of a request that is not a document, in bytes.
    pub body_bytes: usize,
    /// The greatest document, in bytes.
    pub document_bytes: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long requests in flight may still take when the server is told to stop.
    pub shutdown_timeout: Duration,
    /// Threads that answer requests; none for one for each core.
    pub workers: Option<usize>,
    /// The name of the registry on certificates; empty for one that follows from its key.
    pub origin: String,
    /// Where the public reaches the registry, without a slash at the end; empty for where a request reached it.
    pub public_url: String,
}

/// Everything that a handler needs, shared by all workers.
#[derive(Debug)]
pub struct Registry {
    /// The way to the database.
    pub storage: Storage,
    /// The registry's keys.
    pub keys: Keys,
    /// Access tokens.
    pub tokens: Tokens,
    /// The log of the journal: what signs it.
    pub log: Arc<Log>,
    /// Signs certificates.
    pub signer: Signer,
    /// Where the bytes of documents are kept.
    pub documents: DocumentStore,
    /// How the interface is set up.
    pub settings: HttpSettings,
    pub(crate) attempts: SignInAttempts,
    pub(crate) limits: Limits,
    pub(crate) running: RunningActs,
    pub(crate) published: Arc<Published>,
    pub(crate) schemas: Schemas,
    pub(crate) parameters: Parameters,
    pub(crate) metrics: Metrics,
    pub(crate) last_changes: LastChanges,
    pub(crate) operations: Operations,
}

impl Registry {
    /// Puts the parts together.
    pub fn new(
        storage: Storage,
        keys: Keys,
        signer: Signer,
        log: Log,
        documents: DocumentStore,
        settings: HttpSettings,
    ) -> Arc<Self> {
        let document = crate::http::document();
        let published = Arc::new(Published::of(&document));
        Arc::new(Self {
            signer,
            tokens: Tokens::new(&keys),
            log: Arc::new(log),
            attempts: SignInAttempts::new(settings.sign_ins_per_minute),
            limits: Limits::new(settings.requests_per_minute),
            running: RunningActs::default(),
            last_changes: LastChanges::default(),
            operations: Operations::of(&document),
            schemas: Schemas::of(&published),
            parameters: Parameters::of(&document, &published),
            published,
            metrics: Metrics::default(),
            storage,
            keys,
            documents,
            settings,
        })
    }

    /// The name of the registry on certificates.
    pub(crate) fn origin(&self) -> String {
        match self.settings.origin.as_str() {
            "" => self.signer.default_name(),
            named => named.to_owned(),
        }
    }
}

/// What each operation of the OpenAPI document asks for: the one place where its permission is declared.
#[derive(Debug)]
pub(crate) struct Operations {
    /// By path, then by method: the permission, or none for what needs no token.
    by_path: HashMap<String, HashMap<String, Option<Permission>>>,
}

impl Operations {
    fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let by_path = crate::http::server::openapi::operations(document)
            .map(|(path, methods)| {
                let methods = methods
                    .into_iter()
                    .map(|(method, operation)| {
                        (method.to_owned(), crate::http::server::openapi::permission(operation))
                    })
                    .collect();
                (path.to_owned(), methods)
            })
            .collect();
        Self { by_path }
    }

    /// The permission of an operation. The outer none: there is no such operation, and nobody may.
    pub(crate) fn permission(&self, method: &str, pattern: &str) -> Option<Option<Permission>> {
        self.by_path.get(pattern)?.get(method).copied()
    }

    /// The methods that an address answers to, when it is an address at all.
    pub(crate) fn methods_at(&self, path: &str) -> Option<Vec<String>> {
        let fits = |pattern: &String| actix_web::dev::ResourceDef::new(pattern.as_str()).is_match(path);
        // An address that is written out goes before one that fits a pattern.
        let methods = self
            .by_path
            .get(path)
            .or_else(|| self.by_path.iter().find(|(pattern, _)| fits(pattern)).map(|(_, methods)| methods))?;
        let mut methods: Vec<String> = methods.keys().cloned().collect();
        methods.sort();
        Some(methods)
    }
}
