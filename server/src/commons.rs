//! Gathers, from time to time, what the lineages of all shards have in common, and gives it to all of them.
//!
//! First as soon as the shards run with what was stored, so that a server that is started often gathers too. Two rounds:
//! which base layers and images are shared, then who does what on them. The commons are durable before they are used,
//! so a server that crashed judges with the same again. Between two rounds a shard may have learned more; that is of
//! the next time.
//!
//! Not here: what is common and what it means (the model), stored form (`store.rs`).

use std::{sync::Arc, time::Duration};

use plumbline_model::{Bases, Commons, Share};
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    checkpoint::Work,
    metrics::Metrics,
    shards::{ShardGone, Shards},
};

/// Gathers until the server shuts down.
pub(crate) async fn run(
    shards: Shards,
    committer: mpsc::Sender<Work>,
    metrics: Arc<Metrics>,
    every: Duration,
    mut last: Arc<Commons>,
    shutdown: CancellationToken,
) {
    metrics.commons.set(count(&last));
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {} // the first one is at once
        }
        match gather(&shards, &committer, &metrics, &last).await {
            Some(commons) => last = commons,
            None => return, // the server is shutting down
        }
    }
}

/// One time. `None` if shards or committer have gone.
async fn gather(
    shards: &Shards,
    committer: &mpsc::Sender<Work>,
    metrics: &Metrics,
    last: &Arc<Commons>,
) -> Option<Arc<Commons>> {
    let commons = Arc::new(common(shards, metrics).await.ok()?);
    if commons == *last {
        return Some(commons);
    }
    let (done, durable) = oneshot::channel();
    committer.send(Work::Commons { commons: Arc::clone(&commons), done }).await.ok()?;
    durable.await.ok()?;
    shards.set_commons(&commons).await.ok()?;
    metrics.commons.set(count(&commons));
    tracing::debug!(behaviours = commons.len(), "what images have in common has changed");
    Some(commons)
}

async fn common(shards: &Shards, metrics: &Metrics) -> Result<Commons, ShardGone> {
    let mut bases = Bases::default();
    shards.bases().await?.into_iter().for_each(|own| bases.add(own));
    let shared = Arc::new(bases.shared());
    let mut all = Share::default();
    shards.shares(&shared).await?.into_iter().for_each(|own| all.add(own));
    metrics.commons_overflowed.inc_by(all.overflowed);
    metrics.commons_gathered.inc();
    Ok(Commons::new(&shared, all))
}

fn count(commons: &Commons) -> i64 {
    i64::try_from(commons.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
