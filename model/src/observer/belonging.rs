//! Which processes of a batch belong to incidents that people were told of.
//!
//! Whoever holds the batch can keep what they did, findings or not: the model keeps no events. Looked for once the whole batch
//! was judged, so that what they did before the finding in it is among it; images without such an incident cost nothing.

use super::Observer;
use crate::{image::ImageState, model::Belonging, posterior::Verdict};

/// Processes named of a batch and incident.
const PROCESSES: usize = 1024;

impl Observer<'_, '_> {
    /// Adds those of the image.
    pub(crate) fn belonging(&self, image: &ImageState, belonging: &mut Vec<Belonging>) {
        for open in
            image.incidents.iter().filter(|open| open.told() && open.incident.verdict != Verdict::Normal)
        {
            let of_container = self.batch.processes.iter().enumerate().filter(|(_, process)| {
                let container = self.batch.containers.get(process.container);
                container.is_some_and(|container| container.id == open.incident.container_id)
            });
            let own = of_container.filter(|(_, process)| open.includes(&self.lineage(process)));
            let processes: Vec<usize> = own.map(|(row, _)| row).take(PROCESSES).collect();
            if !processes.is_empty() {
                belonging.push(Belonging { incident: open.incident.id.clone(), processes });
            }
        }
    }
}
