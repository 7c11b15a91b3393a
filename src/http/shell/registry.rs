//! What the handlers work with: the storage, the keys, the documents' store. What the shell itself keeps (limits, schemas,
//! counters, ...) stands beside it, each part by its type: see [`part`].

use std::{any::type_name, num::NonZeroU32, path::Path, sync::Arc, time::Duration};

use actix_web::{HttpRequest, web::Data};
use ipnet::IpNet;

use crate::{
    http::shell::problem::Problem,
    identity::{Hashing, Keyring, Keys, SignInAttempts, Signer, Tokens},
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
    /// Requests a minute for one address, of all who show no valid token.
    pub strangers_per_minute: NonZeroU32,
    /// How many requests of one user, or of one address, are worked on at a time.
    pub requests_at_once: usize,
    /// How many passwords are worked on at a time; none for as many as there are cores.
    pub sign_ins_at_once: Option<usize>,
    /// How long others wait for that.
    pub sign_in_patience: Duration,
    /// Objections of one address against one notice in a day.
    pub objections_per_day: NonZeroU32,
    /// The greatest body of a request that is not a document, in bytes.
    pub body_bytes: usize,
    /// The greatest document, in bytes.
    pub document_bytes: usize,
    /// The most bytes of bodies that are held at a time.
    pub bodies_bytes: usize,
    /// The most of them for one user.
    pub bodies_bytes_per_user: usize,
    /// The most bytes of answers that wait for their clients at a time.
    pub answers_bytes: usize,
    /// How quickly a body must come in.
    pub pace: Pace,
    /// The most connections that are open at a time.
    pub connections: usize,
    /// How long an answer waits for a client that takes nothing of it.
    pub write_timeout: Duration,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long requests in flight may still take when the server is asked to stop.
    pub shutdown_timeout: Duration,
    /// Threads that answer requests; none for one for each core.
    pub workers: Option<usize>,
    /// The origins whose pages may use the interface from a browser, each as a browser sends it.
    pub cors_origins: Vec<String>,
    /// The networks of the proxies whose word is taken for the address of whoever sent a request.
    pub trusted_proxies: Vec<IpNet>,
    /// The name of the registry on certificates; empty for one that follows from its key.
    pub origin: String,
    /// Where the public reaches the registry, without a slash at the end; empty where nobody said so.
    pub public_url: String,
}

/// How quickly something must come: at least so much within so long, and so on.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The bytes.
    pub bytes: usize,
    /// The time for them.
    pub within: Duration,
}

/// Everything that a command or a query needs, shared by all workers.
#[derive(Debug)]
pub struct Registry {
    /// The way to the database.
    pub storage: Storage,
    /// The registry's keys.
    pub keys: Keys,
    /// Which keys it started with, and where they are.
    pub keyring: Keyring,
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
    pub(crate) hashing: Hashing,
}

impl Registry {
    /// Puts the parts together.
    pub fn new(
        storage: Storage,
        keys: Keys,
        keyring: Keyring,
        signer: Signer,
        log: Log,
        documents: DocumentStore,
        settings: HttpSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            signer,
            tokens: Tokens::new(&keys),
            log: Arc::new(log),
            attempts: SignInAttempts::new(settings.sign_ins_per_minute),
            hashing: Hashing::new(settings.sign_ins_at_once, settings.sign_in_patience),
            storage,
            keys,
            keyring,
            documents,
            settings,
        })
    }

    /// The folders of this machine in which the registry keeps things.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        [self.storage.folder(), Some(self.documents.folder())].into_iter().flatten()
    }

    /// The name of the registry on certificates.
    pub(crate) fn origin(&self) -> String {
        match self.settings.origin.as_str() {
            "" => self.signer.default_name(),
            named => named.to_owned(),
        }
    }
}

/// A part of the server's state, by its type: the registry, the limits, the schemas, ... Every worker has them all.
pub(crate) fn part<T: 'static>(request: &HttpRequest) -> Result<Data<T>, Problem> {
    request
        .app_data::<Data<T>>()
        .cloned()
        .ok_or_else(|| Problem::internal(format!("the server has no {}", type_name::<T>())))
}

/// The registry that a request asks.
pub(crate) fn registry(request: &HttpRequest) -> Result<Data<Registry>, Problem> {
    part(request)
}
