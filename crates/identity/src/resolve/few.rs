//! A set that seldom has more than one member: hundreds of thousands of credentials have one ARN each, for which a tree
//! would set a node of eleven places aside.

use std::collections::BTreeSet;

/// Members in order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Few<T> {
    /// The least.
    first: Option<T>,
    more: BTreeSet<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self { first: None, more: BTreeSet::new() }
    }
}

impl<T: Ord> Few<T> {
    pub fn insert(&mut self, one: T) {
        match &mut self.first {
            None => self.first = Some(one),
            Some(first) if one < *first => {
                self.more.insert(std::mem::replace(first, one));
            }
            Some(first) if one == *first => {}
            Some(_) => {
                self.more.insert(one);
            }
        }
    }

    pub fn contains(&self, one: &T) -> bool {
        self.first.as_ref() == Some(one) || self.more.contains(one)
    }

    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.more)
    }
}

impl<T: Ord> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, members: I) {
        members.into_iter().for_each(|one| self.insert(one));
    }
}

impl<T: Ord> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Self::default();
        set.extend(members);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_a_tree_holds() {
        for numbers in [&[][..], &[3], &[3, 3], &[3, 1, 2, 1], &[1, 2, 3], &[2, 9, 0, 9, 4, 0]] {
            let (few, tree): (Few<i32>, BTreeSet<i32>) =
                (numbers.iter().copied().collect(), numbers.iter().copied().collect());
            assert_eq!(few.iter().collect::<Vec<_>>(), tree.iter().collect::<Vec<_>>());
            assert_eq!((few.len(), few.is_empty()), (tree.len(), tree.is_empty()));
            assert!((0..10).all(|number| few.contains(&number) == tree.contains(&number)));
        }
    }
}
