//! The list of operations, read twice: by the server, for the handlers, and by the OpenAPI document, for their descriptions.
//!
//! A server's worker has no use for the document, and building it once for each would be half of what an idle server holds.

use actix_web::{dev::HttpServiceFactory, web::ServiceConfig};
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;

/// What operations are added to.
pub(crate) trait Routes: Sized {
    /// Adds one operation.
    fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self;

    /// Adds those of a wing.
    fn configure(&mut self, wing: impl FnOnce(&mut Self)) -> &mut Self {
        wing(self);
        self
    }
}

impl Routes for ServiceConfig {
    fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        Self::service(self, operation)
    }
}

/// The descriptions of operations.
#[derive(Default)]
pub(crate) struct Described {
    document: OpenApi,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Routes for Described {
    fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        self.document.paths.merge(operation.paths());
        operation.schemas(&mut self.schemas);
        self
    }
}

impl Described {
    /// The operations with their schemas, as a document without a frame.
    pub(crate) fn document(self) -> OpenApi {
        let Self { mut document, schemas } = self;
        document.components.get_or_insert_default().schemas.extend(schemas);
        document
    }
}
