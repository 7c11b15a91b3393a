//! Answers that wait for their clients: large ones take room until they were taken, and are handed on piece by piece.

use actix_web::{
    Error,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::http::shell::{pieces::in_pieces, room};

/// Takes the room for the answer to a request, where it is large, or refuses it. What is made while it is handed on, such as exports
/// and files, takes none: little of it is there at a time.
pub(super) async fn answers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody + 'static, BoxBody>>, Error> {
    let (request, response) = next.call(request).await?.into_parts();
    let (response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Err(body) => EitherBody::left(body),
        Ok(bytes) if bytes.len() <= room::SMALL => EitherBody::right(BoxBody::new(bytes)),
        Ok(bytes) => {
            let mut room = room::for_answer(&request)?;
            room.hold(bytes.len())?;
            EitherBody::right(BoxBody::new(in_pieces(bytes, room)))
        }
    };
    Ok(ServiceResponse::new(request, response.set_body(body)))
}
