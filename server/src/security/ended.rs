//! An answer that ends when the credentials do: a stream may last for months, a token may be removed meanwhile.
//!
//! The stream then ends with UNAUTHENTICATED, and who serves it hears that its answers are no longer read. It holds for
//! every method alike, so that no new one can forget it. Not here: connections, which end with the CA of their certificate
//! (`connection.rs`).

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::sleep;

use super::{AccessError, identity::Identity};
use crate::{clock::now_unix_s, status::status};

pub(super) struct Ended {
    /// `None` once it has ended.
    body: Option<Body>,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Ended {
    pub(super) fn new(body: Body, identity: &Identity) -> Self {
        let (revoked, expires) = (identity.revoked.clone(), identity.expires_unix_s);
        let left = Duration::from_secs(expires.unwrap_or(u64::MAX).saturating_sub(now_unix_s()));
        let ended = Box::pin(async move {
            tokio::select! {
                () = revoked.cancelled() => {}
                () = sleep(left) => {}
            }
        });
        Self { body: Some(body), ended }
    }
}

impl HttpBody for Ended {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        if this.ended.as_mut().poll(cx).is_ready() {
            this.body = None;
            let last: axum::http::Response<()> = status(AccessError::Ended).into_http();
            return Poll::Ready(Some(Ok(Frame::trailers(last.into_parts().0.headers))));
        }
        Pin::new(body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}
