//! Forgetting all of a dimension at once.
//!
//! What is left is as if none of it had ever been learned: also what the bounds count, so that there is room for as much
//! again. Numbers of cells become free and may mean something else from then on; whoever remembers numbers is told which.

use super::{Baseline, bytes};
use crate::behaviour::Dimension;

impl Baseline {
    /// Forgets all behaviours of a dimension; their numbers.
    pub(crate) fn reset(&mut self, dimension: Dimension) -> Vec<u32> {
        self.changes.lose();
        let table = std::mem::take(self.table_mut(dimension));
        let mut freed = Vec::new();
        for context in table.contexts {
            for value in context.values {
                if let Some(cell) = self.cells.get_mut(value.cell as usize) {
                    cell.count = 0;
                }
                self.bytes -= bytes(&context.name, &value.text);
                freed.push(value.cell);
            }
        }
        self.free.extend(&freed);
        freed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{baseline::Learned, behaviour::Behaviour, params::Params};

    #[test]
    fn there_is_room_again_for_as_much_as_was_forgotten() {
        let params = Params { max_bytes: 4 * bytes("c", "0"), ..Params::default() };
        let mut baseline = Baseline::default();
        let learn = |baseline: &mut Baseline, dimension, value: u8| {
            let behaviour =
                Behaviour { dimension, context: "c".into(), value: value.to_string().into(), fixed: true };
            baseline.learn(&behaviour, 1, &params) != Learned::No
        };
        assert!((0..4).all(|n| learn(
            &mut baseline,
            [Dimension::Spawn, Dimension::Call][usize::from(n) % 2],
            n
        )));
        assert!(!learn(&mut baseline, Dimension::Spawn, 4));
        assert_eq!(baseline.reset(Dimension::Spawn).len(), 2);
        assert!((5..7).all(|n| learn(&mut baseline, Dimension::Spawn, n)));
        assert!(!learn(&mut baseline, Dimension::Call, 7), "one dimension gave more than it had");
        assert_eq!(baseline.cells.len(), 4, "numbers that are free are used again");
    }
}
