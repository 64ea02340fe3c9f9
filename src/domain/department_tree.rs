//! The tree of an organization's departments.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::ids::DepartmentId;

/// The departments of one organization. A parent that is no department, or that would close a circle, counts as none:
/// so every walk upward ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DepartmentTree(HashMap<DepartmentId, Node>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    parent: Option<DepartmentId>,
    depth: usize,
}

impl DepartmentTree {
    /// The tree of these departments, each with its parent; one without is a root.
    pub fn new(departments: impl IntoIterator<Item = (DepartmentId, Option<DepartmentId>)>) -> Self {
        // In order of the ids, so that the same circle is always broken at the same place.
        let parents: BTreeMap<_, _> = departments.into_iter().collect();
        let mut tree = Self(HashMap::with_capacity(parents.len()));
        for department in parents.keys() {
            tree.place(*department, &parents);
        }
        tree
    }

    /// Places a department and what is above it, the topmost first.
    fn place(&mut self, department: DepartmentId, parents: &BTreeMap<DepartmentId, Option<DepartmentId>>) {
        let (mut path, mut seen) = (Vec::new(), HashSet::new());
        let mut next = Some(department);
        while let Some(at) = next.filter(|at| !self.contains(*at) && seen.insert(*at)) {
            let Some(parent) = parents.get(&at) else { break };
            path.push(at);
            next = *parent;
        }

        let mut parent = next.filter(|at| self.contains(*at));
        for at in path.into_iter().rev() {
            let depth = parent.and_then(|above| self.depth(above)).map_or(0, |above| above + 1);
            self.0.insert(at, Node { parent, depth });
            parent = Some(at);
        }
    }

    /// Whether it is a department of the organization.
    pub fn contains(&self, department: DepartmentId) -> bool {
        self.0.contains_key(&department)
    }

    /// All of them, in no order.
    pub fn departments(&self) -> impl Iterator<Item = DepartmentId> {
        self.0.keys().copied()
    }

    /// How many steps it lies below its root, which has depth 0; `None` if it is no department here.
    pub fn depth(&self, department: DepartmentId) -> Option<usize> {
        self.0.get(&department).map(|node| node.depth)
    }

    /// The department itself, then its parent and so on up to the root; nothing if it is no department here.
    pub fn upward(&self, department: DepartmentId) -> impl Iterator<Item = DepartmentId> {
        let start = Some(department).filter(|start| self.contains(*start));
        std::iter::successors(start, |at| self.0.get(at).and_then(|node| node.parent))
    }

    /// Whether a department is `top`, or lies below it at whatever depth.
    pub fn is_at_or_below(&self, department: DepartmentId, top: DepartmentId) -> bool {
        self.upward(department).any(|at| at == top)
    }

    /// The department `top` and all below it, in no order.
    pub fn at_or_below(&self, top: DepartmentId) -> impl Iterator<Item = DepartmentId> {
        self.departments().filter(move |department| self.is_at_or_below(*department, top))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn id(number: u128) -> DepartmentId {
        uuid::Uuid::from_u128(number).into()
    }

    fn tree(pairs: &[(u128, u128)]) -> DepartmentTree {
        DepartmentTree::new(
            pairs.iter().map(|(child, parent)| (id(*child), Some(*parent).filter(|n| *n > 0).map(id))),
        )
    }

    #[test]
    fn a_department_knows_what_is_above_and_below() {
        let tree = tree(&[(3, 2), (2, 1), (1, 0), (4, 1), (9, 0)]);
        assert!(tree.upward(id(3)).eq([3, 2, 1].map(id)));
        assert_eq!([1, 2, 3, 4, 9].map(|n| tree.depth(id(n))), [0, 1, 2, 1, 0].map(Some));
        assert!(tree.is_at_or_below(id(3), id(1)) && tree.is_at_or_below(id(3), id(3)));
        assert!(!tree.is_at_or_below(id(1), id(3)) && !tree.is_at_or_below(id(3), id(9)));
        assert_eq!(tree.at_or_below(id(2)).collect::<BTreeSet<_>>(), [2, 3].map(id).into());
    }

    #[test]
    fn a_stranger_has_no_place_in_the_tree() {
        let tree = tree(&[(1, 0)]);
        assert_eq!((tree.depth(id(7)), tree.upward(id(7)).count()), (None, 0));
        assert!(!tree.is_at_or_below(id(7), id(7)));
    }

    #[test]
    fn an_unknown_parent_and_a_circle_count_as_none() {
        let lost = tree(&[(2, 1), (3, 2)]);
        assert_eq!((lost.depth(id(2)), lost.depth(id(3))), (Some(0), Some(1)));

        let turning = tree(&[(1, 3), (2, 1), (3, 2), (4, 3), (5, 5)]);
        assert!(turning.upward(id(1)).eq([1, 3, 2].map(id)) && turning.upward(id(4)).eq([4, 3, 2].map(id)));
        assert_eq!(turning.upward(id(5)).count(), 1);
    }

    proptest! {
        #[test]
        fn every_walk_ends_and_depth_counts_its_steps(pairs in prop::collection::vec((1..12_u128, 0..14_u128), 0..12)) {
            let tree = tree(&pairs);
            for department in tree.departments() {
                let path: Vec<_> = tree.upward(department).take(20).collect();
                prop_assert_eq!(path.len(), tree.depth(department).unwrap() + 1);
                prop_assert_eq!(path.iter().collect::<BTreeSet<_>>().len(), path.len());
            }
        }
    }
}
