//! Names by which columns and the keys of records are found: each record is asked for some dozens of them.

/// Positions of names in a list.
#[derive(Debug, Default)]
pub struct Names {
    /// For each [`place`] the first name that has it, as its position and one; zero where none has it. Empty without names.
    first: Vec<u8>,
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    text: String,
    /// The next name of the same place, as in [`Names::first`].
    next: u8,
}

const PLACES: usize = 128;

/// A number below [`PLACES`] that names of different length or with different ends seldom share, so that a name that is
/// not in the list, as most keys of records are, is known at once.
fn place(name: &str) -> usize {
    let byte = |at: Option<&u8>| at.map_or(0, |byte| usize::from(*byte));
    let bytes = name.as_bytes();
    (bytes.len() * 7 + byte(bytes.first()) * 3 + byte(bytes.last())) % PLACES
}

/// Whether two names are the same. Most have 8 to 16 bytes, which are two numbers; a call to compare them takes longer.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let ends = |name: &[u8]| Some((*name.first_chunk::<8>()?, *name.last_chunk::<8>()?));
    match a.len() {
        8..=16 => a.len() == b.len() && ends(a) == ends(b),
        _ => a == b,
    }
}

impl Names {
    /// The names in their order. Past the 255th they are not found; no table has a third of that, as a test says.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut own = Self::default();
        for (name, number) in names.into_iter().zip(1_u8..) {
            own.first.resize(PLACES, 0);
            let first = own.first.get_mut(place(name));
            let next = first.map_or(0, |first| std::mem::replace(first, number));
            own.names.push(Name { text: name.to_owned(), next });
        }
        own
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        let mut number = *self.first.get(place(name))?;
        loop {
            let at = usize::from(number).checked_sub(1)?;
            let found = self.names.get(at)?;
            if is_same(found.text.as_bytes(), name.as_bytes()) {
                return Some(at);
            }
            number = found.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_and_nothing_else() {
        for table in crate::tables() {
            let names = Names::of(table.columns.iter().map(|column| column.name));
            assert!(table.columns.len() < 100);
            for (position, column) in table.columns.iter().enumerate() {
                assert_eq!(names.position(column.name), Some(position), "{}", column.name);
            }
            for other in ["", "x", "event_tim", "event_time ", "emit_event"] {
                assert_eq!(names.position(other), None, "{other}");
            }
        }
        assert_eq!(Names::of([]).position("a"), None);
    }

    #[test]
    fn names_that_differ_in_one_byte_are_not_the_same() {
        for length in 0..40 {
            let name = vec![b'a'; length];
            assert!(is_same(&name, &name.clone()));
            assert!(!is_same(&name, &[&name[..], b"a"].concat()));
            for at in 0..length {
                let mut other = name.clone();
                other[at] = b'b';
                assert!(!is_same(&name, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn names_of_one_place_are_told_apart() {
        let names = Names::of(["abc", "adc", "aec"]);
        assert_eq!(["aec", "abc", "adc", "afc"].map(|name| names.position(name)), [Some(2), Some(0), Some(1), None]);
    }
}
