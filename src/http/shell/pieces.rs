//! Bytes that are handed on piece by piece: what a slow client has not taken yet is copied for none of them.

use std::io;

use actix_web::{body::SizedStream, web::Bytes};
use futures_util::stream::{self, Stream, StreamExt as _};

/// How much is handed on at a time.
const PIECE: usize = 32 << 10;

/// The pieces of some bytes.
pub(crate) fn pieces(bytes: Bytes) -> impl Stream<Item = Bytes> + use<> {
    stream::unfold(bytes, |mut left| async move {
        (!left.is_empty()).then(|| (left.split_to(left.len().min(PIECE)), left))
    })
    .fuse()
}

/// Bytes as a body in pieces, and what is held until the last of them was handed on.
pub(crate) fn in_pieces<T: 'static>(
    bytes: Bytes,
    held: T,
) -> SizedStream<impl Stream<Item = Result<Bytes, io::Error>> + use<T>> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let pieces = pieces(bytes).map(move |piece| {
        let _held = &held;
        Ok(piece)
    });
    SizedStream::new(size, Box::pin(pieces))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use actix_web::body::{BodySize, MessageBody as _, to_bytes};

    use super::*;

    #[tokio::test]
    async fn what_is_held_is_held_until_the_last_piece() {
        let whole: Bytes = (0..3 * PIECE + 1).map(|it| u8::try_from(it % 251).unwrap_or_default()).collect();
        let held = Rc::new(());
        let body = in_pieces(whole.clone(), Rc::clone(&held));
        assert_eq!(body.size(), BodySize::Sized(u64::try_from(whole.len()).unwrap()));
        assert_eq!(Rc::strong_count(&held), 2);
        assert_eq!(to_bytes(body).await.unwrap(), whole);
        assert_eq!(Rc::strong_count(&held), 1);
        drop(in_pieces(whole, Rc::clone(&held)));
        assert_eq!(Rc::strong_count(&held), 1);
    }
}
